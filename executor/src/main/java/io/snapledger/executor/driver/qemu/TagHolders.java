package io.snapledger.executor.driver.qemu;

import io.snapledger.executor.driver.qemuimg.QcowTags;
import io.snapledger.executor.port.Deadlines;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.disk.StoredTag;
import io.snapledger.schema.operation.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The tags of images, wherever these are open: in the running guest, or nowhere, so that a storage daemon opens them. */
record TagHolders(Sockets sockets, Deadlines deadlines) {

    Map<Image, List<StoredTag>> all(Optional<Guest> guest, List<Image> images) throws QmpError, HostException {
        Map<Image, List<StoredTag>> all = new HashMap<>();
        List<Image> rest = new ArrayList<>(images);
        if (guest.isPresent()) {
            BlockGraph graph = guest.get().graph();
            Map<Image, String> live = new LinkedHashMap<>();
            images.forEach(i -> graph.node(i).ifPresent(n -> live.put(i, n)));
            all.putAll(guest.get().tags(live).all());
            rest.removeAll(live.keySet());
        }
        for (Image image : rest) {
            all.put(image, QcowTags.in(image));
        }
        return all;
    }

    void make(Optional<Guest> guest, List<Step.Tag> wanted) throws QmpError, HostException {
        List<Image> images = wanted.stream().map(Step.Tag::image).toList();
        each(guest, images, tags -> {
            if (!tags.nodes().keySet().containsAll(images)) {
                throw HostException.refused("some of " + images + " are the running guest's and some are not");
            }
            tags.make(wanted);
        });
    }

    void remove(Optional<Guest> guest, List<Step.Tag> unwanted) throws QmpError, HostException {
        each(
                guest,
                unwanted.stream().map(Step.Tag::image).toList(),
                tags -> tags.remove(unwanted.stream()
                        .filter(t -> tags.nodes().containsKey(t.image()))
                        .toList()));
    }

    /** Work on those of the tags' images that one QEMU holds. */
    private interface TagWork {
        void run(Tags tags) throws QmpError, HostException;
    }

    /** The running guest for its active layers first, then a storage daemon for all else. */
    private void each(Optional<Guest> guest, List<Image> images, TagWork work) throws QmpError, HostException {
        Map<Image, String> live = new LinkedHashMap<>();
        Set<Image> rest = new LinkedHashSet<>(images);
        if (guest.isPresent()) {
            for (BlockGraph.Root root : guest.get().roots()) {
                Image active = root.chain().getFirst();
                if (rest.remove(active)) {
                    live.put(active, root.node());
                }
                requireNotBeneath(root, rest);
            }
        }
        if (!live.isEmpty()) {
            work.run(guest.orElseThrow().tags(live));
        }
        if (!rest.isEmpty()) {
            atRest(List.copyOf(rest), work);
        }
    }

    private static void requireNotBeneath(BlockGraph.Root root, Set<Image> images) throws HostException {
        for (Image image : root.chain()) {
            if (images.contains(image)) {
                throw HostException.refused("image " + image.file()
                        + " is a backing file of the running guest, and its tags can change only while that is off");
            }
        }
    }

    private void atRest(List<Image> images, TagWork work) throws QmpError, HostException {
        try (StorageDaemon daemon = StorageDaemon.open(images, sockets.transfer(), deadlines.guestStart())) {
            Map<Image, String> nodes = new LinkedHashMap<>();
            for (int i = 0; i < images.size(); i++) {
                nodes.put(images.get(i), StorageDaemon.node(i));
            }
            work.run(new Tags(daemon.qmp(), nodes, deadlines.monitorReply()));
        }
    }
}
