package io.snapledger.standalone.cli;

import io.snapledger.schema.message.Words;
import io.snapledger.schema.query.OperationView;
import io.snapledger.schema.value.CaptureMode;
import io.snapledger.schema.value.InvalidValueException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How values are written on the command line. What cannot be read is wrong usage, with a sentence that says what would work. */
final class Texts {
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})([KMGT]?)(i?B)?");
    private static final DateTimeFormatter VIRSH = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss xx", Locale.ROOT);

    private static final Pattern CONTROL = Pattern.compile("\\p{IsControl}");
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB");

    private Texts() {}

    /** Reads a time such as {@code 60s}. */
    static final class Time implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            Matcher matcher = TIME.matcher(text);
            if (!matcher.matches() || Long.parseLong(matcher.group(1)) == 0) {
                throw new TypeConversionException(
                        "\"" + text + "\" is not a time; give one such as 500ms, 60s, 5m or 1h");
            }
            long number = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                default -> Duration.ofHours(number);
            };
        }
    }

    /** Reads a moment of RFC 3339. */
    static final class Moment implements ITypeConverter<Instant> {
        @Override
        public Instant convert(String text) {
            try {
                return OffsetDateTime.parse(text).toInstant();
            } catch (DateTimeParseException _) {
                throw new TypeConversionException(
                        "\"" + text
                                + "\" is not a time of RFC 3339; give one such as 2026-11-21T08:00:00Z or 2026-11-21T09:00:00+01:00");
            }
        }
    }

    /** Reads a size in bytes, with K, M, G or T for powers of 1024. */
    static final class Size implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            Matcher matcher = SIZE.matcher(text);
            if (!matcher.matches()) {
                throw new TypeConversionException(
                        "\"" + text + "\" is not a size; give bytes, or a number with K, M, G or T such as 256M");
            }
            int power = "KMGT".indexOf(matcher.group(2)) + 1;
            try {
                return Math.multiplyExact(
                        Long.parseLong(matcher.group(1)), matcher.group(2).isEmpty() ? 1 : 1L << (10 * power));
            } catch (ArithmeticException _) {
                throw new TypeConversionException("\"" + text + "\" is too large for a size in bytes");
            }
        }
    }

    /** One of an enum's words, as the messages have them. */
    static <E extends Enum<E>> E word(String what, Class<E> type, String text) {
        return Arrays.stream(type.getEnumConstants())
                .filter(e -> Words.of(e).equals(text))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException(what + " \"" + text + "\" is not known; give one of "
                        + Arrays.stream(type.getEnumConstants()).map(Words::of).collect(Collectors.joining(", "))));
    }

    /** How a disk or the memory takes part; {@code no} is libvirt's word for none. */
    static CaptureMode capture(String text) {
        return text.equals("no") ? CaptureMode.NONE : word("snapshot", CaptureMode.class, text);
    }

    /** A value of ours that checks itself. */
    static <T> T value(Function<String, T> type, String text) {
        try {
            return type.apply(text);
        } catch (InvalidValueException e) {
            throw new TypeConversionException(e.reason());
        }
    }

    /** A moment as virsh prints it: local, with its zone. */
    static String shown(Instant moment) {
        return VIRSH.format(moment.atZone(ZoneId.systemDefault()));
    }

    /** What others wrote, without what a terminal would take for orders. */
    static String plain(String text) {
        return CONTROL.matcher(text).replaceAll("?");
    }

    /** A size with three digits, as {@code qemu-img} prints it. */
    static String size(long bytes) {
        double number = bytes;
        int unit = 0;
        while (number >= 1000 && unit < UNITS.size() - 1) {
            number /= 1024;
            unit++;
        }
        String digits = new BigDecimal(number)
                .round(new MathContext(3))
                .stripTrailingZeros()
                .toPlainString();
        return digits + " " + UNITS.get(unit);
    }

    /** How far an operation is, or the long step that it is at. */
    static String shown(OperationView.Progress progress) {
        return progress.percent() + " %"
                + progress.doneBytes()
                        .flatMap(done -> progress.totalBytes().map(total -> ", " + size(done) + " of " + size(total)))
                        .orElse("")
                + progress.step().map(step -> ", of step " + step).orElse("");
    }

    /** A time since the start of a guest, as {@code qemu-img} prints it. */
    static String clock(long nanos) {
        Duration clock = Duration.ofNanos(nanos);
        return "%02d:%02d:%02d.%03d"
                .formatted(clock.toHours(), clock.toMinutesPart(), clock.toSecondsPart(), clock.toMillisPart());
    }
}
