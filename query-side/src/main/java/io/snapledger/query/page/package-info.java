/** The web page: its own files and the libraries that it is made with, all from this service. It knows no question. */
@NullMarked
package io.snapledger.query.page;

import org.jspecify.annotations.NullMarked;
