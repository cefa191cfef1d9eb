package io.pharos.probe.protocol;

import io.pharos.trouble.FailureOrigin;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Locale;

/// A socket for ICMP echo requests on Linux. If `net.ipv4.ping_group_range` permits it, this is a
/// datagram socket, which needs no privilege. Otherwise it is a raw socket, which needs a
/// privileged process.
///
/// Calls block their thread, so use platform threads only.
final class IcmpSocket implements AutoCloseable {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int IPPROTO_ICMP = 1;
  private static final int IPPROTO_ICMPV6 = 58;
  private static final short POLLIN = 1;
  private static final int EPERM = 1;
  private static final int EACCES = 13;
  private static final int EMFILE = 24;
  private static final int ENFILE = 23;
  private static final int MAX_PACKET_BYTES = 2048;

  /// Functions of libc, looked up at the first probe.
  private static final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO =
        STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    static final MethodHandle SOCKET =
        function("socket", FunctionDescriptor.of(INT, INT, INT, INT));
    static final MethodHandle CONNECT =
        function("connect", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT));
    static final MethodHandle SEND =
        function("send", FunctionDescriptor.of(LONG, INT, ValueLayout.ADDRESS, LONG, INT));
    static final MethodHandle RECV =
        function("recv", FunctionDescriptor.of(LONG, INT, ValueLayout.ADDRESS, LONG, INT));
    static final MethodHandle POLL =
        function("poll", FunctionDescriptor.of(INT, ValueLayout.ADDRESS, LONG, INT));
    static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(INT, INT));

    @SuppressWarnings("restricted") // the command serve is started with native access
    private static MethodHandle function(String name, FunctionDescriptor type) {
      return LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow(name), type, Linker.Option.captureCallState("errno"));
    }
  }

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment state = arena.allocate(Libc.STATE);
  private final boolean isIpv6;
  private final boolean raw;
  private final int descriptor;

  /// Opens a socket to one address.
  ///
  /// @throws ProbeException with an unknown outcome, if the system does not permit the socket
  IcmpSocket(InetAddress address) throws ProbeException, IOException {
    isIpv6 = address instanceof Inet6Address;
    int domain = isIpv6 ? AF_INET6 : AF_INET;
    int protocol = isIpv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    int opened = (int) call(Libc.SOCKET, domain, SOCK_DGRAM | SOCK_CLOEXEC, protocol);
    boolean needsRaw = opened < 0 && isForbidden();
    if (needsRaw) {
      opened = (int) call(Libc.SOCKET, domain, SOCK_RAW | SOCK_CLOEXEC, protocol);
    }
    if (opened < 0) {
      int errno = errno();
      arena.close();
      throw unavailable(errno);
    }
    raw = needsRaw;
    descriptor = opened;
    MemorySegment target = address(address);
    if (call(Libc.CONNECT, descriptor, target, (int) target.byteSize()) < 0) {
      int errno = errno();
      close();
      throw failed("connect", errno);
    }
  }

  /// Returns whether this system supports such sockets.
  static boolean isSupported() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).equals("linux");
  }

  private boolean isForbidden() {
    return errno() == EACCES || errno() == EPERM;
  }

  private static ProbeException unavailable(int errno) {
    return switch (errno) {
      case EMFILE, ENFILE ->
          ProbeException.unknown(
              FailureOrigin.Kind.DESCRIPTORS, FailureOrigin.Kind.DESCRIPTORS.text());
      case EACCES, EPERM ->
          ProbeException.unknown(
              FailureOrigin.Kind.CREDENTIALS,
              "this process is not permitted to send ICMP: expected its group within net.ipv4.ping_group_range,"
                  + " or the capability NET_RAW");
      default ->
          ProbeException.unknown(
              FailureOrigin.Kind.NETWORK,
              "the prober can't open a socket for ICMP: errno " + errno);
    };
  }

  private MemorySegment address(InetAddress address) {
    MemorySegment target = arena.allocate(isIpv6 ? 28 : 16, 8);
    target.set(ValueLayout.JAVA_SHORT, 0, (short) (isIpv6 ? AF_INET6 : AF_INET));
    byte[] bytes = address.getAddress();
    MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, isIpv6 ? 8 : 4, bytes.length);
    if (address instanceof Inet6Address scoped) {
      target.set(ValueLayout.JAVA_INT, 24, scoped.getScopeId());
    }
    return target;
  }

  /// Sends an echo request and waits for its reply.
  ///
  /// @param id identifier of the request
  /// @param mark content that identifies the reply
  /// @return whether the reply arrived in time
  boolean ping(int id, long mark, Duration timeout) throws ProbeException, IOException {
    byte[] request = request(id, mark);
    MemorySegment buffer = arena.allocate(MAX_PACKET_BYTES);
    MemorySegment.copy(request, 0, buffer, ValueLayout.JAVA_BYTE, 0, request.length);
    if (call(Libc.SEND, descriptor, buffer, (long) request.length, 0) < 0) {
      throw failed("send", errno());
    }
    MemorySegment poll = arena.allocate(8, 4);
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      long remainingMillis = (deadline - System.nanoTime() + 999_999) / 1_000_000;
      if (remainingMillis <= 0) {
        return false;
      }
      poll.set(ValueLayout.JAVA_INT, 0, descriptor);
      poll.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
      poll.set(ValueLayout.JAVA_SHORT, 6, (short) 0);
      if (call(Libc.POLL, poll, 1L, (int) Math.min(remainingMillis, Integer.MAX_VALUE)) == 0) {
        return false;
      }
      long received = call(Libc.RECV, descriptor, buffer, (long) MAX_PACKET_BYTES, 0);
      if (received < 0) {
        throw failed("receive", errno());
      }
      byte[] packet = new byte[(int) received];
      MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, packet, 0, packet.length);
      if (isReply(packet, mark)) {
        return true;
      }
    }
  }

  /* The request contains a mark that identifies the reply, because the kernel replaces the id of
   * requests from datagram sockets. */
  private byte[] request(int id, long mark) {
    byte[] request = new byte[16];
    request[0] = (byte) (isIpv6 ? 128 : 8);
    request[4] = (byte) (id >> 8);
    request[5] = (byte) id;
    request[7] = 1;
    for (int i = 0; i < 8; i++) {
      request[8 + i] = (byte) (mark >> (56 - 8 * i));
    }
    int sum = 0;
    for (int i = 0; i < request.length; i += 2) {
      sum += ((request[i] & 0xff) << 8) | (request[i + 1] & 0xff);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    int checksum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
    request[2] = (byte) (checksum >> 8);
    request[3] = (byte) checksum;
    return request;
  }

  private boolean isReply(byte[] packet, long mark) {
    int offset = raw && !isIpv6 && packet.length > 0 ? (packet[0] & 0xf) * 4 : 0;
    if (packet.length < offset + 16 || (packet[offset] & 0xff) != (isIpv6 ? 129 : 0)) {
      return false;
    }
    long found = 0;
    for (int i = 0; i < 8; i++) {
      found = (found << 8) | (packet[offset + 8 + i] & 0xff);
    }
    return found == mark;
  }

  /* Errors of the local network (99, 100, 101, 105) are own trouble. Errors about the host are
   * failures of the target. */
  private static ProbeException failed(String call, int errno) {
    return switch (errno) {
      case 100, 101, 99, 105 ->
          ProbeException.unknown(FailureOrigin.Kind.NETWORK, FailureOrigin.Kind.NETWORK.text());
      case EACCES, EPERM ->
          ProbeException.unknown(
              FailureOrigin.Kind.NETWORK,
              "the prober is not permitted to " + call + ": errno " + errno);
      case 111 -> ProbeException.failure("icmp: unreachable");
      case 113 -> ProbeException.failure("icmp: no route to host");
      default -> ProbeException.failure("icmp: " + call + ": errno " + errno);
    };
  }

  private int errno() {
    return state.get(ValueLayout.JAVA_INT, Libc.ERRNO);
  }

  private long call(MethodHandle function, Object... arguments) {
    Object[] allArguments = new Object[arguments.length + 1];
    allArguments[0] = state;
    System.arraycopy(arguments, 0, allArguments, 1, arguments.length);
    try {
      return ((Number) function.invokeWithArguments(allArguments)).longValue();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    call(Libc.CLOSE, descriptor);
    arena.close();
  }
}
