package io.pharos.probe.protocol;

import com.google.re2j.Pattern;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.RequestPhase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// Runs a [ProbeCheck.TcpCheck].
record TcpProbe(ProbeConnector connector) {
  private static final int MAX_ANSWER = 64 * 1024;

  /// Returns the facts if the target behaves as expected.
  ProbeFacts run(ProbeCheck.TcpCheck check, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    Socket socket = connector.connect(attempt, check.server(), check.ip(), check.tls());
    attempt.enter(RequestPhase.PROCESSING);
    if (!check.send().isEmpty()) {
      socket.getOutputStream().write(check.send().getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
    }
    Pattern expect = check.expect();
    if (expect != null) {
      read(socket, expect, attempt);
    }
    attempt.leave();
    return new ProbeFacts();
  }

  private static void read(Socket socket, Pattern expect, ProbeAttempt attempt)
      throws IOException, ProbeException {
    var answer = new ByteArrayOutputStream();
    byte[] buffer = new byte[4096];
    try {
      for (int n = socket.getInputStream().read(buffer);
          n >= 0;
          n = socket.getInputStream().read(buffer)) {
        answer.write(buffer, 0, n);
        if (expect.matcher(answer.toString(StandardCharsets.UTF_8)).find()) {
          return;
        }
        if (answer.size() > MAX_ANSWER) {
          break;
        }
      }
    } catch (IOException e) {
      if (!attempt.isExpired()) {
        throw e;
      }
    }
    throw ProbeException.assertion(
        "found %s, expected a text that matches %s"
            .formatted(ProbeFacts.shown(answer.toString(StandardCharsets.UTF_8)), expect));
  }
}
