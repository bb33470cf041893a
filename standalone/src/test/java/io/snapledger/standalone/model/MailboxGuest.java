package io.snapledger.standalone.model;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A guest in one boot sector that writes nothing. About 200 times a second it reads the mailbox, sector 2048 of its first
 * disk, and appends what it finds to a log in its memory when that is something new. So its memory tells all that the
 * mailbox has held since it booted: a memory that is loaded brings its log back, a guest that boots begins a new one.
 */
final class MailboxGuest {
    static final long MAILBOX_AT = 2048L * 512;
    static final long LOG_LENGTH_AT = 0x8000;
    static final long LOG_AT = 0x9000;
    static final int MEMORY_MIB = 32;

    private static final int SECTOR = 512;
    private static final int PACKET_AT = 0x65;

    /** Real mode code for 0x7c00; the bytes, and what they say. */
    private static final String CODE = """
            fa                   cli
            31c0                 xor ax, ax
            8ed8                 mov ds, ax
            8ec0                 mov es, ax
            8ed0                 mov ss, ax
            bc007c               mov sp, 0x7c00
            fc                   cld
            bf0080               mov di, 0x8000         ; length of the log, rounds, errors
            b90800               mov cx, 8
            f3ab                 rep stosw
            b036                 mov al, 0x36           ; timer at 200 Hz
            e643                 out 0x43, al
            b04d                 mov al, 0x4d
            e640                 out 0x40, al
            b017                 mov al, 0x17
            e640                 out 0x40, al
            fb                   sti
            66ff060480           round: inc dword [0x8004]
            b80042               mov ax, 0x4200         ; extended read
            b280                 mov dl, 0x80
            be657c               mov si, packet
            cd13                 int 0x13
            7307                 jnc read
            66ff060880           inc dword [0x8008]     ; an error
            eb27                 jmp wait
            66a10082             read: mov eax, [0x8200]
            668b1e0080           mov ebx, [0x8000]
            6685db               test ebx, ebx
            740b                 jz append
            67663b049dfc8f0000   cmp eax, [0x8ffc+ebx*4]
            740e                 je wait
            676689049d00900000   append: mov [0x9000+ebx*4], eax
            66ff060080           inc dword [0x8000]
            fb                   wait: sti
            f4                   hlt
            ebbd                 jmp round
            1000                 packet: 16 bytes
            0100                 one sector
            00820000             to 0:0x8200
            0008000000000000     from sector 2048
            """;

    private MailboxGuest() {}

    static byte[] bootSector() {
        String hex = CODE.lines().map(l -> l.substring(0, l.indexOf(' '))).collect(Collectors.joining());
        byte[] code = HexFormat.of().parseHex(hex);
        if (code[PACKET_AT] != 16) {
            throw new IllegalStateException("the packet is elsewhere");
        }
        ByteBuffer sector = ByteBuffer.allocate(SECTOR).put(code);
        return sector.put(SECTOR - 2, (byte) 0x55).put(SECTOR - 1, (byte) 0xaa).array();
    }

    /** How it is started with the given disks, with a monitor beside the executor's at {@code <domain>.look}. */
    static String launchDefinition(List<String> targets) {
        String devices = targets.stream()
                .map(d -> "\"-device\", \"virtio-blk-pci,id=" + d + "-device,drive=" + d + ",share-rw=on,bootindex="
                        + targets.indexOf(d) + "\"")
                .collect(Collectors.joining(",\n    "));
        return """
                {
                  "binary": "qemu-system-x86_64",
                  "arguments": [
                    "-nodefaults", "-display", "none",
                    "-machine", "q35,accel=tcg",
                    "-m", "%dM",
                    %s,
                    "-chardev", "socket,id=look,path={sockets}/{domain}.look,server=on,wait=off",
                    "-mon", "chardev=look,mode=control"
                  ]
                }
                """.formatted(MEMORY_MIB, devices);
    }
}
