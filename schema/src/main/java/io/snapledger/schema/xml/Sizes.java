package io.snapledger.schema.xml;

import io.snapledger.schema.xml.XmlNode.Element;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;

/** libvirt's scaled integers: {@code <max_size unit='KiB'>4</max_size>}. Without a unit they are in bytes. */
final class Sizes {
    private static final String LETTERS = "kmgtpe";
    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

    private Sizes() {}

    static long bytes(String place, Element size) {
        return bytes(place, size, BigInteger.ONE);
    }

    /** @param unit what a size without a unit is counted in */
    static long bytes(String place, Element size, BigInteger unit) {
        String digits = size.text().strip();
        Optional<BigInteger> scale = size.attribute("unit").map(Sizes::scale).orElse(Optional.of(unit));
        if (digits.matches("[0-9]{1,19}") && scale.isPresent()) {
            BigInteger bytes = new BigInteger(digits).multiply(scale.get());
            if (bytes.signum() > 0 && bytes.compareTo(MOST) <= 0) {
                return bytes.longValueExact();
            }
        }
        throw Refused.value(
                place,
                digits + size.attribute("unit").map(u -> " " + u).orElse(""),
                "give a whole number of at least 1, with a unit like bytes, KiB, MiB or GB");
    }

    private static Optional<BigInteger> scale(String unit) {
        String word = unit.toLowerCase(Locale.ROOT);
        if (word.equals("b") || word.equals("byte") || word.equals("bytes")) {
            return Optional.of(BigInteger.ONE);
        }
        int power = word.isEmpty() ? 0 : LETTERS.indexOf(word.charAt(0)) + 1;
        if (power == 0) {
            return Optional.empty();
        }
        return switch (word.substring(1)) {
            case "", "ib" -> Optional.of(BigInteger.valueOf(1024).pow(power));
            case "b" -> Optional.of(BigInteger.valueOf(1000).pow(power));
            default -> Optional.empty();
        };
    }
}
