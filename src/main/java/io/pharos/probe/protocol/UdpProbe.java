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
          "found " + ProbeFacts.shown(text) + ", expected a text that matches " + expect);
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
    attempt.register(socket);
    socket.connect(address, port);
    byte[] buffer = new byte[MAX_ANSWER];
    for (int attemptsLeft = 3; attemptsLeft > 0; attemptsLeft--) {
      socket.send(new DatagramPacket(question, question.length));
      long deadline = System.nanoTime() + attempt.remaining().toNanos() / attemptsLeft;
      while (true) {
        long remainingMillis = (deadline - System.nanoTime()) / 1_000_000;
        if (remainingMillis <= 0) {
          break;
        }
        socket.setSoTimeout((int) remainingMillis);
        var packet = new DatagramPacket(buffer, buffer.length);
        try {
          socket.receive(packet);
        } catch (java.net.SocketTimeoutException _) {
          break;
        }
        byte[] answer = java.util.Arrays.copyOf(buffer, packet.getLength());
        if (isAnswer.test(answer)) {
          return answer;
        }
      }
    }
    throw ProbeException.failure(ProbeConnector.timedOut(attempt));
  }
}
