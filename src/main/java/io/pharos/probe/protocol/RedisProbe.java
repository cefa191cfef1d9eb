package io.pharos.probe.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.pharos.ingest.store.Resp;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.RequestPhase;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.Socket;
import java.nio.file.Path;

/// Runs a [ProbeCheck.RedisCheck] over RESP. The size of everything that is received is limited.
record RedisProbe(ProbeConnector connector) {
  private static final int MAX_TEXT_BYTES = 1 << 20;
  private static final Resp.Limits LIMITS = new Resp.Limits(4096, MAX_TEXT_BYTES, 0, 0);
  private static final int MAX_DIGITS = 30;

  /// Returns the facts after the server has answered `PING` and, if needed, `INFO`.
  ///
  /// @param usesInfo whether an expression uses `info`
  ProbeFacts run(ProbeCheck.RedisCheck check, boolean usesInfo, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    Path file = check.passwordFile();
    String password = file == null ? "" : attempt.secret("password_file", file);
    Socket socket = connector.connect(attempt, check.server(), check.ip(), check.tls());
    attempt.enter(RequestPhase.PROCESSING);
    var resp =
        new Resp(
            new BufferedInputStream(socket.getInputStream()), socket.getOutputStream(), LIMITS);
    if (!password.isEmpty()) {
      String[] auth =
          check.username().isEmpty()
              ? new String[] {"AUTH", password}
              : new String[] {"AUTH", check.username(), password};
      expect("OK", call(resp, auth), "AUTH");
    }
    expect("PONG", call(resp, "PING"), "PING");
    var facts = new ProbeFacts();
    if (usesInfo || !check.info().isEmpty()) {
      ObjectNode info = info(call(resp, "INFO"));
      facts.put("info", info);
      JsonNode value = info.get(check.info());
      if (!check.info().isEmpty()) {
        if (value == null) {
          throw ProbeException.assertion("INFO has no field " + ProbeFacts.shown(check.info()));
        }
        facts.put("value", value);
        if (value.isNumber()) {
          attempt.recordValue("probe_value", value.doubleValue());
        }
      }
    }
    attempt.leave();
    return facts;
  }

  private static void expect(String expected, String found, String command) throws ProbeException {
    if (!found.equals(expected)) {
      throw ProbeException.assertion(
          "the answer to " + command + " is " + ProbeFacts.shown(found) + ", expected " + expected);
    }
  }

  private static String call(Resp resp, String... command) throws IOException, ProbeException {
    try {
      if (resp.call(command) instanceof String text) {
        return text;
      }
      throw ProbeException.failure("the answer to " + command[0] + " is null, expected a text");
    } catch (Resp.Refused e) {
      throw ProbeException.assertion(command[0] + " was rejected: " + ProbeFacts.shown(e.text()));
    } catch (Resp.TooLong e) {
      throw ProbeException.failure(
          "found an answer of "
              + ProbeFacts.shown(e.length())
              + " bytes, expected at most "
              + MAX_TEXT_BYTES);
    } catch (Resp.Malformed e) {
      throw ProbeException.failure(
          "found " + ProbeFacts.shown(e.found()) + ", expected an answer of a Redis server");
    }
  }

  /* Parses lines `field:value`; ignores comments and empty lines. */
  private static ObjectNode info(String text) {
    ObjectNode info = ProbeFacts.record();
    text.lines()
        .forEach(
            line -> {
              int colon = line.indexOf(':');
              if (colon > 0 && line.charAt(0) != '#') {
                info.set(line.substring(0, colon), value(line.substring(colon + 1).strip()));
              }
            });
    return info;
  }

  private static JsonNode value(String text) {
    boolean digits =
        !text.isEmpty()
            && text.length() <= MAX_DIGITS
            && text.chars().allMatch(c -> c == '-' || c == '.' || (c >= '0' && c <= '9'));
    try {
      return digits ? DecimalNode.valueOf(new BigDecimal(text)) : TextNode.valueOf(text);
    } catch (NumberFormatException _) {
      return TextNode.valueOf(text); // such as a version or an address
    }
  }
}
