package io.pharos.probe.protocol;

import io.pharos.probe.ProbeCheck;
import io.pharos.probe.RequestPhase;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;

/// Runs a [ProbeCheck.SshCheck].
record SshProbe(ProbeConnector connector) {
  /// Maximum length of a line in RFC 4253, which is also applied to lines before the banner.
  private static final int MAX_LINE_CHARACTERS = 255;

  private static final int MAX_LINES = 50;

  /// Returns the facts if the server supports SSH 2.
  ProbeFacts run(ProbeCheck.SshCheck check, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    Socket socket = connector.connect(attempt, check.server(), check.ip(), null);
    attempt.enter(RequestPhase.PROCESSING);
    InputStream in = new BufferedInputStream(socket.getInputStream());
    String line = line(in);
    for (int i = 1; !line.startsWith("SSH-") && i < MAX_LINES; i++) {
      line = line(in);
    }
    attempt.leave();
    if (!line.startsWith("SSH-2.0-") && !line.startsWith("SSH-1.99-")) {
      throw ProbeException.assertion(
          "found " + ProbeFacts.shown(line) + ", expected the banner of an SSH 2 server");
    }
    return new ProbeFacts().put("banner", line);
  }

  private static String line(InputStream in) throws IOException, ProbeException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection was closed before a banner arrived");
      }
      if (line.length() == MAX_LINE_CHARACTERS) {
        throw ProbeException.assertion(
            "found "
                + ProbeFacts.shown(line.toString())
                + ", expected the banner of an SSH 2 server");
      }
      line.append((char) c);
    }
    return line.toString().stripTrailing();
  }
}
