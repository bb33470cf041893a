package io.snapledger.executor.guest;

import io.snapledger.executor.port.GuestMemory;
import io.snapledger.executor.port.HostException;
import io.snapledger.schema.disk.DiskTarget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A guest in one boot sector. Round by round it counts in its memory, writes the count to sector 2048 of each of its disks
 * in turn, about 200 a second, and then notes the round as done.
 *
 * <p>So a snapshot of disks alone is consistent when each disk holds the count of the disk before it or one less; and one
 * with memory when besides {@code done <= last disk} and {@code first disk <= count}. A guest that goes on where it was
 * counts on from there, and its errors stay 0.
 */
public final class CounterGuest {
    private static final int SECTOR = 512;
    private static final long COUNTER_AT = 2048L * SECTOR;
    private static final long COUNTERS = 0x8000;
    private static final int MARK = 0x45475253;

    /** What a disk must have at least. */
    public static final long DISK_BYTES = 8L << 20;

    public static final long MEMORY_BYTES = 64L << 20;

    /** Where the guest's own monitor listens, for readers of its memory; under the socket folder. */
    public static final String MEMORY_SOCKET_SUFFIX = ".mem";

    /** Real mode code for 0x7c00; the bytes, and what they say. */
    private static final String CODE = """
            fa                   cli
            31c0                 xor ax, ax
            8ed8                 mov ds, ax
            8ec0                 mov es, ax
            8ed0                 mov ss, ax
            bc007c               mov sp, 0x7c00
            fc                   cld
            bf0080               mov di, 0x8000        ; the counters
            b90800               mov cx, 8
            f3ab                 rep stosw
            bf0082               mov di, 0x8200        ; the sector to write
            b90001               mov cx, 256
            f3ab                 rep stosw
            66c706048253524745   mov dword [0x8204], 0x45475253
            b036                 mov al, 0x36          ; timer at 200 Hz
            e643                 out 0x43, al
            b04d                 mov al, 0x4d
            e640                 out 0x40, al
            b017                 mov al, 0x17
            e640                 out 0x40, al
            fb                   sti
            66ff060080           round: inc dword [0x8000]
            b280                 mov dl, 0x80          ; the first disk
            66a10080             disk: mov eax, [0x8000]
            66a30082             mov [0x8200], eax
            88160882             mov [0x8208], dl
            52                   push dx
            b80043               mov ax, 0x4300        ; extended write
            be6e7c               mov si, packet
            cd13                 int 0x13
            5a                   pop dx
            7305                 jnc written
            66ff060880           inc dword [0x8008]    ; an error
            fb                   written: sti
            f4                   hlt                   ; until the next tick
            fec2                 inc dl
            a07504               mov al, [0x475]       ; how many disks the BIOS knows
            0480                 add al, 0x80
            38c2                 cmp dl, al
            72d6                 jb disk
            66a10080             mov eax, [0x8000]
            66a30480             mov [0x8004], eax     ; the round is done
            ebc5                 jmp round
            1000                 packet: 16 bytes
            0100                 one sector
            00820000             from 0:0x8200
            0008000000000000     to sector 2048
            """;

    private CounterGuest() {}

    /**
     * What the guest has in its memory.
     *
     * @param count the round that it is in
     * @param done the last round that is on all disks
     * @param errors writes that failed
     */
    public record Counters(int count, int done, int errors) {}

    public static byte[] bootSector() {
        String hex = CODE.lines().map(l -> l.substring(0, l.indexOf(' '))).collect(Collectors.joining());
        byte[] code = HexFormat.of().parseHex(hex);
        ByteBuffer sector = ByteBuffer.allocate(SECTOR).put(code);
        return sector.put(SECTOR - 2, (byte) 0x55).put(SECTOR - 1, (byte) 0xaa).array();
    }

    /** Makes a raw disk, where there is none, from which the guest boots. */
    public static void writeBootDisk(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bootSector()), 0);
            channel.write(ByteBuffer.allocate(1), DISK_BYTES - 1);
        }
    }

    /** The same disk, for where no file can be written from here. */
    public static byte[] bootDisk() {
        return Arrays.copyOf(bootSector(), (int) DISK_BYTES);
    }

    /** What runs the guest's code. Where virtual machines are nested, KVM takes seconds for the BIOS and TCG does not. */
    public enum Accelerator {
        KVM_ELSE_TCG("kvm:tcg"),
        TCG("tcg");

        private final String option;

        Accelerator(String option) {
            this.option = option;
        }
    }

    /** A launch definition for the guest with the given disks; it boots from the first. */
    public static String launchDefinition(List<DiskTarget> disks, Accelerator accelerator) {
        String devices = disks.stream()
                .map(d -> "\"-device\", \"virtio-blk-pci,id=" + d + "-device,drive=" + d + ",bootindex="
                        + disks.indexOf(d) + "\"")
                .collect(Collectors.joining(",\n    "));
        return """
                {
                  "binary": "qemu-system-x86_64",
                  "arguments": [
                    "-nodefaults", "-display", "none",
                    "-machine", "q35,accel=%s",
                    "-m", "%dM",
                    %s,
                    "-chardev", "socket,id=look,path={sockets}/{domain}%s,server=on,wait=off",
                    "-mon", "chardev=look,mode=control"
                  ]
                }
                """.formatted(accelerator.option, MEMORY_BYTES >> 20, devices, MEMORY_SOCKET_SUFFIX);
    }

    /** What a running guest counts. */
    public static Counters counters(GuestMemory memory) throws HostException {
        int[] words = memory.words(COUNTERS, 3);
        return new Counters(words[0], words[1], words[2]);
    }

    /** The count on a disk that was copied out as raw; 0 when the guest never wrote to it. */
    public static int countOn(Path rawDisk) throws IOException {
        try (FileChannel channel = FileChannel.open(rawDisk, StandardOpenOption.READ)) {
            ByteBuffer words = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            channel.read(words, COUNTER_AT);
            return words.getInt(4) == MARK ? words.getInt(0) : 0;
        }
    }
}
