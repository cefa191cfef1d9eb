package io.pharos.probe.protocol;

import com.google.re2j.Pattern;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.RequestPhase;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/// Runs a [ProbeCheck.UdpCheck].
record UdpProbe(ProbeConnector connector) {
  private static final int MAX_ANSWER = 64 * 1024;

  /// Returns the facts after the expected answer has arrived.
  ProbeFacts run(ProbeCheck.UdpCheck check, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    attempt.enter(RequestPhase.RESOLVE);
    InetAddress address = connector.resolve(attempt, check.server().host(), check.ip()).getFirst();
    attempt.enter(RequestPhase.PROCESSING);
    byte[] answer =
        exchange(
            attempt,
            address,
            check.server().port(),
            check.send().getBytes(StandardCharsets.UTF_8),
            _ -> true);
    attempt.leave();
    String text = new String(answer, StandardCharsets.UTF_8);
    Pattern expect = check.expect();
    if (expect != null && !expect.matcher(text).find()) {
      throw ProbeException.assertion(
          "found " + ProbeFacts.shown(text) + ", expected something that matches " + expect);
    }
    return new ProbeFacts().put("text", text);
  }

  /// Sends a datagram up to three times, because datagrams may be lost, and returns the answer.
  static byte[] exchange(
      ProbeAttempt attempt,
      InetAddress address,
      int port,
      byte[] question,
      Predicate<byte[]> isAnswer)
      throws ProbeException, IOException {
    DatagramSocket socket = new DatagramSocket();
    attempt.opened(socket);
    socket.connect(address, port);
    byte[] room = new byte[MAX_ANSWER];
    for (int tries = 3; tries > 0; tries--) {
      socket.send(new DatagramPacket(question, question.length));
      long until = System.nanoTime() + attempt.remaining().toNanos() / tries;
      while (true) {
        long left = (until - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          break;
        }
        socket.setSoTimeout((int) left);
        var packet = new DatagramPacket(room, room.length);
        try {
          socket.receive(packet);
        } catch (java.net.SocketTimeoutException _) {
          break;
        }
        byte[] answer = java.util.Arrays.copyOf(room, packet.getLength());
        if (isAnswer.test(answer)) {
          return answer;
        }
      }
    }
    throw ProbeException.failure(ProbeConnector.timedOut(attempt));
  }
}
