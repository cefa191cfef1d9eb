package io.pharos.ingest.login;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.http.Clients;
import io.pharos.http.OutgoingClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The requests, and the meaning of each answer: only an answer about the credentials counts as a
/// rejection.
class LoginClientTest {
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir Path directory;

  private HttpServer server;
  private final Clients clients = new Clients(InstantSource.system());
  private volatile int status = 200;
  private volatile String answer = "";
  private volatile String asked = "";

  @BeforeEach
  void begin() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::respond);
    server.start();
    Files.writeString(directory.resolve("password"), "p&ss \"word\n");
  }

  @AfterEach
  void close() {
    clients.close();
    server.stop(0);
  }

  private void respond(HttpExchange exchange) throws IOException {
    try (exchange) {
      asked =
          exchange.getRequestHeaders().getFirst("Content-Type")
              + " "
              + new String(exchange.getRequestBody().readAllBytes(), UTF_8);
      exchange.getResponseHeaders().set("Location", "/elsewhere");
      byte[] body = answer.getBytes(UTF_8);
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private String place() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  private LoginConfig config(String request, String more) {
    return LoginFile.parse(
            "logins.yml",
            """
            logins:
              - name: backend
                token_file: token
                username: monitor
                password_file: password
                login: {url: 'http://%s/login'%s}
                refresh: {url: 'http://%1$s/refresh'}
            """
                    .formatted(place(), request)
                + more.indent(4),
            directory)
        .all()
        .getFirst();
  }

  private LoginClient.Result login(LoginConfig config) throws Exception {
    try (OutgoingClient client = clients.open(config.http())) {
      return new LoginClient(client, config).login();
    }
  }

  private LoginClient.Result login() throws Exception {
    return login(config("", ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|application/json {\"a\":\"monitor\",\"p\":\"p&ss \\\"word\",\"b\":\"x\"}",
        ", format: json|application/json {\"a\":\"monitor\",\"p\":\"p&ss \\\"word\",\"b\":\"x\"}",
        ", format: form|application/x-www-form-urlencoded a=monitor&b=x&p=p%26ss+%22word",
      })
  void login_sendsItsFieldsInTheConfiguredFormat(String format, String expected) throws Exception {
    String body = ", body: {a: $username, p: $password, b: x}";
    login(config(format + body, ""));
    assertThat(asked).isEqualTo(expected);
  }

  @Test
  void refresh_sendsTheRefreshTokenAndNoPassword() throws Exception {
    LoginConfig config = config("", "");
    try (OutgoingClient client = clients.open(config.http())) {
      new LoginClient(client, config).refresh(config.refresh().orElseThrow(), "r-1");
    }
    assertThat(asked).isEqualTo("application/json {\"refresh_token\":\"r-1\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "302|''|answered with status 302",
        "408|''|answered with status 408",
        "429|{\"code\":1001}|answered with status 429",
        "500|{\"code\":1001}|answered with status 500",
        "503|<html>|answered with status 503",
        "200|{\"code\":500}|rejected the request with status 200, code 500",
        "200|{\"code\":\"599\"}|rejected the request with status 200, code 599",
        "200|{\"code\":429}|rejected the request with status 200, code 429",
        "200|{\"msg\":\"hi\"}|answered without a code at code",
        "200|<html>hi</html>|answered without a code at code",
        "200|''|answered without a code at code",
        "200|{\"code\":0}|answered without a token at data.access_token, code 0",
        "200|{\"code\":0,\"data\":{\"access_token\":\"\"}}|answered without a token at",
        "200|{\"code\":0,\"data\":{\"access_token\":\"a b\"}}|answered without a token at",
        "200|{\"code\":0,\"data\":{\"access_token\":\"a\\nb\"}}|answered without a token at",
        "200|{\"code\":0,\"data\":{\"access_token\":\"gr\u00fcn\"}}|answered without a token at",
      })
  void answer_thatSaysNothingOfThePassword_isAFailure(int code, String body, String reason)
      throws Exception {
    status = code;
    answer = body;
    LoginClient.Result result = login();
    assertThat(result).isInstanceOf(LoginClient.Result.Failed.class);
    assertThat(((LoginClient.Result.Failed) result).reason()).contains(place()).contains(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|''|rejected the request with status 400",
        "401|{\"code\":1001,\"msg\":\"wrong\"}|rejected the request with status 401, code 1001",
        "403|<html>|rejected the request with status 403",
        "422|{\"code\":\"p&ss word\"}|rejected the request with status 422",
        "200|{\"code\":1001}|rejected the request with status 200, code 1001",
        "200|{\"code\":401}|rejected the request with status 200, code 401",
        "200|{\"code\":\"E_5000\"}|rejected the request with status 200, code E_5000",
        "200|{\"code\":\"bad p&ss\"}|rejected the request with status 200",
      })
  void answer_thatRefuses_isARejection_andOnlyItsCodeIsShown(int code, String body, String reason)
      throws Exception {
    status = code;
    answer = body;
    LoginClient.Result result = login();
    assertThat(result).isInstanceOf(LoginClient.Result.Rejected.class);
    assertThat(((LoginClient.Result.Rejected) result).reason())
        .isEqualTo("http://" + place() + "/… " + reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "60|PT1M",
        "\"90\"|PT1M30S",
        "1.9|PT1S",
        "1e30|PT8760H",
        "0|PT24H",
        "-5|PT24H",
        "0.5|PT24H",
        "\"NaN\"|PT24H",
        "\"soon\"|PT24H",
        "null|PT24H",
      })
  void token_livesAsLongAsIsSaid_orAsConfigured(String said, Duration life) throws Exception {
    answer = "{\"code\":0,\"data\":{\"access_token\":\"t\",\"expires_in\":" + said + "}}";
    assertThat(login(config("", "answer: {lifetime: 1d}")))
        .isEqualTo(new LoginClient.Result.Granted("t", "", life));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"r 1\"", "\"\"", "null", "{}"})
  void refreshToken_thatIsNone_isLeftOut(String refresh) throws Exception {
    answer =
        "{\"code\":0,\"data\":{\"access_token\":\"t\",\"expires_in\":86400,\"refresh_token\":"
            + refresh
            + "}}";
    assertThat(login()).isEqualTo(new LoginClient.Result.Granted("t", "", DAY));
  }

  @Test
  void answer_withoutEnvelope_isJudgedByItsStatus() throws Exception {
    String format = "answer: {code: '', access_token: token, refresh_token: more, lifetime: 1d}";
    answer = "{\"token\":\"t\",\"more\":\"r\",\"code\":7}";
    assertThat(login(config("", format))).isEqualTo(new LoginClient.Result.Granted("t", "r", DAY));
    answer = "{\"code\":7}";
    assertThat(login(config("", format)))
        .isEqualTo(
            new LoginClient.Result.Failed(
                "http://" + place() + "/… answered without a token at token"));
  }

  @Test
  void token_thatIsTooLong_isNone() throws Exception {
    answer = "{\"code\":0,\"data\":{\"access_token\":\"%s\"}}".formatted("t".repeat(16 * 1024 + 1));
    assertThat(login()).isInstanceOf(LoginClient.Result.Failed.class);
    answer = "{\"code\":0,\"data\":{\"access_token\":\"%s\"}}".formatted("t".repeat(16 * 1024));
    assertThat(login()).isInstanceOf(LoginClient.Result.Granted.class);
  }

  @Test
  void server_thatIsNotThere_isAFailure() throws Exception {
    server.stop(0);
    LoginClient.Result result = login();
    assertThat(result).isInstanceOf(LoginClient.Result.Failed.class);
    assertThat(((LoginClient.Result.Failed) result).reason()).contains(place(), "can't be reached");
  }
}
