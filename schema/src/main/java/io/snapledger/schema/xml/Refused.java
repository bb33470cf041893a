package io.snapledger.schema.xml;

import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.Texts;

/** The ways to say that a document cannot be taken. */
final class Refused {
    private Refused() {}

    static InvalidValueException because(String message) {
        return new InvalidValueException(RejectionCode.INVALID_XML, message);
    }

    /** A place in the document ({@code <disk>/@snapshot}) that holds what it may not. */
    static InvalidValueException value(String place, String value, String wouldWork) {
        return because(place + " is \"" + Texts.shortened(value) + "\"; " + wouldWork);
    }

    static InvalidValueException missing(String place, String wouldWork) {
        return because(place + " is missing; " + wouldWork);
    }
}
