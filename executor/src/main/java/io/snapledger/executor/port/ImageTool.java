package io.snapledger.executor.port;

import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.Image;
import io.snapledger.schema.drift.SeenFile;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/** What is done to image files that no guest writes. Formats are always told, never guessed. Safe for many threads. */
public interface ImageTool {

    /** What the image says of itself. Refused when it is not of its format, or names a backing file without a format. */
    ImageHeader header(Image image) throws HostException;

    /**
     * An empty overlay with the given size is in the file, which exists and is empty; its header names the backing, which
     * is not opened. It is on stable storage.
     */
    void makeOverlay(HostPath overlay, Image backing, long virtualSize) throws HostException;

    /** Whether nothing was written to the qcow2 overlay since it was made, whatever it lies on. */
    boolean isEmpty(Image overlay) throws HostException;

    /** A small qcow2 that lies on nothing is in the file, which exists and is empty. It is on stable storage. */
    void makeBlankImage(HostPath file) throws HostException;

    /**
     * Commits the first image into the second; the others are what these two are read through, down to the last file.
     * Refused while a process uses them. The result is on stable storage. Cancelled, the second one is right only where it
     * is read through the first.
     */
    void commit(List<Image> chain, LongWork work) throws HostException;

    default void commit(List<Image> chain) throws HostException {
        commit(chain, LongWork.UNWATCHED);
    }

    /**
     * What the second image adds to the third is in the first one too, which lies on the third then, or on nothing where
     * there is none; the others are what the third is read through, down to the last file. Only the first one is written,
     * which is refused while a process uses it. The result is on stable storage. Cancelled, the first one lies where it lay
     * and reads as before.
     */
    void stream(List<Image> chain, LongWork work) throws HostException;

    /** What a program that was killed took in the image, and nothing refers to, is free again. */
    void freeLeaks(Image image) throws HostException;

    /** The header of {@code image} names {@code backing}, which must read the same as what it named before. */
    void rebase(Image image, Image backing) throws HostException;

    /**
     * The image, which no process has, holds what it held when the tag was made. Its tags stay. The caller has seen that
     * nothing lies on it and that no other tag has this name as its number.
     */
    void restoreTag(Image image, String name) throws HostException;

    /** Whether any process of the hypervisor or of the image tool has the file open. */
    boolean inUse(HostPath file) throws HostException;

    /**
     * Every plain file below the given folders, with what its header says if it has one; those told to be raw are taken for
     * that. A header that cannot be read makes it no image.
     */
    List<SeenFile> files(Collection<Path> folders, Collection<HostPath> raw) throws HostException;

    /** Every image below the given folders that names a backing file, except those told to be raw. */
    List<Backed> backed(Collection<Path> folders, Collection<HostPath> raw) throws HostException;
}
