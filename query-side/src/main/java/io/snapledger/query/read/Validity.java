package io.snapledger.query.read;

import static io.snapledger.query.jooq.slot.Tables.MOMENT;

import io.snapledger.schema.value.DomainId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/**
 * Which versions of rows hold: the living ones, or those at a position.
 *
 * @param position empty for the living ones
 * @param shown the position for which the answer is true
 */
record Validity(Optional<Long> position, long shown) {

    static Validity living(long applied) {
        return new Validity(Optional.empty(), applied);
    }

    /** @throws BadQuestionException when the position is not applied yet */
    static Validity at(long position, long applied) {
        if (position < 0 || position > applied) {
            throw new BadQuestionException("position " + position + " is not in what is applied of the log; give 0 to "
                    + applied + ", or wait for it with after=" + position);
        }
        return new Validity(Optional.of(position), position);
    }

    /** @throws NotFoundException when the domain did not exist then */
    static Validity of(DSLContext in, long applied, DomainId domain, AsOf asOf) {
        return switch (asOf) {
            case AsOf.Now _ -> living(applied);
            case AsOf.AtPosition at -> at(at.position(), applied);
            case AsOf.AtSequence at ->
                at(
                        position(in, domain, MOMENT.SEQUENCE.eq(at.sequence()))
                                .orElseThrow(
                                        () -> new NotFoundException("domain " + domain + " has no event with sequence "
                                                + at.sequence() + "; its last is " + lastSequence(in, domain))),
                        applied);
            case AsOf.AtTime at ->
                at(
                        position(in, domain, MOMENT.AT.le(at.time()))
                                .orElseThrow(() ->
                                        new NotFoundException("domain " + domain + " was not known at " + at.time())),
                        applied);
        };
    }

    /**
     * Of all domains. A time is taken to be the position of the last event before it by the intake's clock.
     *
     * @throws BadQuestionException when the position is not applied yet, or the moment is of one domain
     */
    static Validity of(DSLContext in, long applied, AsOf asOf) {
        return switch (asOf) {
            case AsOf.Now _ -> living(applied);
            case AsOf.AtPosition at -> at(at.position(), applied);
            case AsOf.AtSequence at ->
                throw new BadQuestionException("atSequence=" + at.sequence()
                        + " counts the events of one domain, and this is asked of many; give asOf or atPosition");
            case AsOf.AtTime at -> at(position(in, at.time()), applied);
        };
    }

    /** Of the last event up to the time by the intake's clock; 0 when there was none. */
    static long position(DSLContext in, Instant time) {
        return in.select(MOMENT.POSITION)
                .from(MOMENT)
                .where(MOMENT.AT.le(time))
                .orderBy(MOMENT.AT.desc(), MOMENT.POSITION.desc())
                .limit(1)
                .fetchOptional(MOMENT.POSITION)
                .orElse(0L);
    }

    private static Optional<Long> position(DSLContext in, DomainId domain, Condition condition) {
        return in.select(DSL.max(MOMENT.POSITION))
                .from(MOMENT)
                .where(MOMENT.DOMAIN.eq(domain.value()).and(condition))
                .fetchOptional(0, Long.class);
    }

    private static String lastSequence(DSLContext in, DomainId domain) {
        return in.select(DSL.max(MOMENT.SEQUENCE))
                .from(MOMENT)
                .where(MOMENT.DOMAIN.eq(domain.value()))
                .fetchOptional(0, Long.class)
                .map(String::valueOf)
                .orElse("none");
    }

    Condition holds(Field<Long> from, Field<Long> to) {
        return position.map(p -> from.le(p).and(to.isNull().or(to.gt(p)))).orElseGet(to::isNull);
    }

    /** The same in parts that have nothing in common, each of which an index answers in its own order. */
    List<Condition> parts(Field<Long> from, Field<Long> to) {
        return position.map(p -> List.of(
                        to.isNull().and(from.le(p)),
                        to.isNotNull().and(to.gt(p)).and(from.le(p))))
                .orElseGet(() -> List.of(to.isNull()));
    }
}
