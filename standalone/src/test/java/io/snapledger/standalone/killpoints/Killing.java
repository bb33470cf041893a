package io.snapledger.standalone.killpoints;

import io.snapledger.executor.run.Order;
import io.snapledger.executor.run.PlanRunner;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.standalone.killpoints.Boundaries.Point;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Runs an order with somebody killed at a point of it. An executor is killed here by its thread never coming back from that
 * point, and by its files and connections being closed as the kernel would; where a driver is at work, and has threads and
 * sockets of its own, only a process of its own is honest ({@link KilledExecutor}).
 */
final class Killing {
    private static final long MAX_SECONDS = 90;

    private Killing() {}

    /**
     * How it went.
     *
     * @param result empty when the executor was killed
     * @param points those that it came to; unknown of another process
     */
    record Run(Optional<HostResult> result, boolean guestKilled, List<Point> points) {}

    /** The executor is a process of its own, which goes on where the world's ends. */
    static Run inItsOwnProcess(World world, Order order, int number, Victim victim, long delayMillis) throws Exception {
        world.drop();
        boolean guestKilled = KilledExecutor.run(world.host(), number, victim, delayMillis);
        world.open();
        return new Run(world.journal().result(order.key()), guestKilled, List.of());
    }

    static Run run(World world, Order order, int number, Victim victim) throws Exception {
        CompletableFuture<Optional<HostResult>> end = new CompletableFuture<>();
        List<Point> points = new CopyOnWriteArrayList<>();
        CompletableFuture<Boolean> guestKilled = new CompletableFuture<>();
        Boundaries boundaries = new Boundaries(point -> {
            points.add(point);
            if (point.number() == number) {
                guestKilled.complete(victim.guest() && world.processes().kill());
                if (victim.executor()) {
                    end.complete(Optional.empty());
                    new CountDownLatch(1).await();
                }
            }
        });
        PlanRunner runner = new PlanRunner(
                boundaries.hypervisor(world.hypervisor()),
                boundaries.images(world.images),
                world.storage(),
                boundaries.journal(world.journal()));
        Thread.ofPlatform().daemon().name("killed at " + number).start(() -> {
            try {
                end.complete(Optional.of(runner.run(order)));
            } catch (RuntimeException e) {
                end.completeExceptionally(e);
            }
        });
        Optional<HostResult> result = end.get(MAX_SECONDS, TimeUnit.SECONDS);
        if (result.isEmpty()) {
            world.drop();
            world.open();
        }
        return new Run(result, guestKilled.getNow(false), points);
    }
}
