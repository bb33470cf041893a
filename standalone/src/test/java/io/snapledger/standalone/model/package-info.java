/** Random commands carried out on real images and real guests, and compared with a model of what must come of them. */
@NullMarked
package io.snapledger.standalone.model;

import org.jspecify.annotations.NullMarked;
