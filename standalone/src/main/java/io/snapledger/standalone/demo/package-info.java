/** The main job, told and checked step by step on real parts. */
@NullMarked
package io.snapledger.standalone.demo;

import org.jspecify.annotations.NullMarked;
