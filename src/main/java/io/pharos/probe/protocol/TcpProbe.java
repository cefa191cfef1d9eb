package io.pharos.probe.protocol;

import com.google.re2j.Pattern;
import io.pharos.model.Quoted;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.RequestPhase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// Runs a [ProbeCheck.TcpCheck].
final class TcpProbe {
  private static final int MAX_ANSWER = 64 * 1024;
  private static final int LONGEST_SHOWN = 80;

  private final ProbeConnector connector;

  TcpProbe(ProbeConnector connector) {
    this.connector = connector;
  }

  /// Returns the facts if the target behaves as expected.
  ProbeFacts run(ProbeCheck.TcpCheck check, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    Socket socket = connector.connect(attempt, check.host(), check.port(), check.ip(), check.tls());
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
    String text = answer.toString(StandardCharsets.UTF_8);
    String shown = text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "…" : text;
    throw ProbeException.assertion(
        "found " + Quoted.of(shown) + ", expected something that matches " + expect);
  }
}
