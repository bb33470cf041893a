/** What must survive: processes of the service are killed in the middle of a load and started again. */
@NullMarked
package io.snapledger.standalone.faults;

import org.jspecify.annotations.NullMarked;
