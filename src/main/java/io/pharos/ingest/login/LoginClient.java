package io.pharos.ingest.login;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.pharos.http.BoundedBody;
import io.pharos.http.FormBody;
import io.pharos.http.LoggableAddress;
import io.pharos.http.OutgoingClient;
import io.pharos.ingest.login.LoginClient.Result.Failed;
import io.pharos.ingest.login.LoginClient.Result.Granted;
import io.pharos.ingest.login.LoginClient.Result.Rejected;
import io.pharos.ingest.login.LoginConfig.AnswerFormat;
import io.pharos.ingest.login.LoginConfig.Request;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// Requests tokens from the server of a login. The reasons of failures contain neither secrets nor
/// text from the server, because the server may repeat secrets.
record LoginClient(OutgoingClient client, LoginConfig config) {
  private static final int MAX_ANSWER_BYTES = 256 * 1024;
  private static final int MAX_TOKEN_CHARACTERS = 16 * 1024;
  private static final long MAX_LIFE_SECONDS = Duration.ofDays(365).toSeconds();
  private static final Pattern PRINTABLE_CODE = Pattern.compile("-?[A-Za-z0-9_.]{1,40}");

  /// Logs in. Throws IOException if a file with a secret can't be read; the message names the file.
  Result login() throws IOException, InterruptedException {
    return send(
        config.login(),
        Map.of(
            "$username", config.username().read().orElse(""),
            "$password", config.password().read().orElse("")));
  }

  /// Exchanges the refresh token for a new token. Throws IOException if a file with the user's name
  /// can't be read; the message names the file.
  Result refresh(Request request, String refreshToken) throws IOException, InterruptedException {
    return send(
        request,
        Map.of("$username", config.username().read().orElse(""), "$refresh_token", refreshToken));
  }

  private Result send(Request request, Map<String, String> secrets)
      throws IOException, InterruptedException {
    var body = new LinkedHashMap<String, String>();
    request.body().forEach((key, value) -> body.put(key, secrets.getOrDefault(value, value)));
    String text = request.form() ? FormBody.of(body) : JSON.writeValueAsString(body);
    HttpRequest http =
        HttpRequest.newBuilder(request.url())
            .header("Content-Type", request.form() ? FormBody.TYPE : "application/json")
            .header("Accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(text))
            .build();
    String server = LoggableAddress.of(request.url());
    HttpResponse<byte[]> response;
    try {
      response = client.send(http, BoundedBody.of(MAX_ANSWER_BYTES), config.timeout());
    } catch (HttpTimeoutException _) {
      return new Failed(
          server + " sent no complete answer within " + config.timeout().toSeconds() + " s");
    } catch (IOException e) {
      return new Failed(server + " can't be reached: " + e.getClass().getSimpleName());
    }
    return read(server, response.statusCode(), response.body());
  }

  private Result read(String server, int status, byte[] body) {
    if (status == 429 || status == 408 || (status / 100 != 2 && status / 100 != 4)) {
      return new Failed(server + " answered with status " + status);
    }
    JsonNode answer = json(body);
    AnswerFormat format = config.answer();
    String code = format.code().map(path -> path.text(answer)).orElse("");
    String codeText = PRINTABLE_CODE.matcher(code).matches() ? ", code " + code : "";
    if (status / 100 == 4) {
      return new Rejected(server + " rejected the request with status " + status + codeText);
    }
    if (format.code().isPresent() && !code.equals(format.codeOk())) {
      // An answer without a code is probably the page of a proxy, so it does not mean that the
      // credentials were rejected.
      return code.isEmpty()
          ? new Failed(server + " answered without a code at " + format.code().get())
          : code(server, code, codeText);
    }
    String token = format.accessToken().text(answer);
    if (!isToken(token)) {
      return new Failed(server + " answered without a token at " + format.accessToken() + codeText);
    }
    String refresh = format.refreshToken().text(answer);
    return new Granted(token, isToken(refresh) ? refresh : "", life(format, answer));
  }

  /* Envelope codes often have the meaning of HTTP statuses. So a code 5xx or 429 does not mean that
   * the password was rejected. */
  private static Result code(String server, String code, String codeText) {
    String reason = server + " rejected the request with status 200" + codeText;
    boolean serverError = code.matches("5[0-9]{2}") || code.equals("429");
    return serverError ? new Failed(reason) : new Rejected(reason);
  }

  private static Duration life(AnswerFormat format, JsonNode answer) {
    try {
      double seconds = Double.parseDouble(format.expiresIn().text(answer));
      if (seconds >= 1) {
        return Duration.ofSeconds((long) Math.min(seconds, (double) MAX_LIFE_SECONDS));
      }
    } catch (NumberFormatException _) { // the answer is handled as if it had no lifetime
    }
    return format.lifetime();
  }

  private static boolean isToken(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_TOKEN_CHARACTERS
        && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  private static JsonNode json(byte[] body) {
    try {
      return JSON.readTree(body);
    } catch (IOException _) { // the answer is not JSON, so it contains no value
      return MissingNode.getInstance();
    }
  }

  /// The result of a request for a token.
  sealed interface Result {
    /// The server issued a token.
    ///
    /// @param refreshToken empty for none
    /// @param life lifetime according to the server, from the time of the answer on
    record Granted(String accessToken, String refreshToken, Duration life) implements Result {
      /// Returns a text without the tokens.
      @Override
      public String toString() {
        return "Granted[" + life + "]";
      }
    }

    /// The server rejected the user, the password or the refresh token. Repeating the request may
    /// lock the account.
    record Rejected(String reason) implements Result {}

    /// There is no answer, or the answer does not tell whether the credentials are valid.
    record Failed(String reason) implements Result {}
  }
}
