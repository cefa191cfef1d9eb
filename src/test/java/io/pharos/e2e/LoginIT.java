package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.cli.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// People log in with names and passwords, at a Pharos that runs.
class LoginIT {
  private static final String PASSWORD = "correct horse battery";
  private static final int MAX_WRONG = 10;

  @TempDir Path folder;
  private int port;

  private PharosProcess start() throws Exception {
    port = port == 0 ? PharosProcess.freePort() : port;
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n");
    var process =
        PharosProcess.start(
            folder.resolve("pharos.log"),
            url(""),
            List.of(
                "serve",
                "--config.file=",
                "--probes.dir=",
                "--gates.dir=",
                "--notifications.file=" + folder.resolve("alertmanager.yml"),
                "--storage.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port,
                "--web.auth=local",
                "--people.file=" + folder.resolve("people.yml"),
                "--web.trusted-proxies=127.0.0.1"));
    var _ = process.await("being ready", Duration.ofSeconds(60), process::isReady);
    return process;
  }

  private String url(String path) {
    return "http://127.0.0.1:" + port + path;
  }

  private void user(String... words) throws Exception {
    Path password = Files.writeString(folder.resolve("password"), PASSWORD);
    var all = new ArrayList<>(List.of(words));
    all.add("--people.file=" + folder.resolve("people.yml"));
    if (words[0].equals("add")) {
      all.add("--password-file=" + password);
    }
    assertThat(Commands.system().run("user", all)).isZero();
  }

  private static String form(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /// Someone with a browser, behind an address of their own.
  private final class Visitor {
    private final HttpClient http = HttpClient.newHttpClient();
    private final String address;
    private String cookie = "";

    Visitor(String address) {
      this.address = address;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
      request.header("X-Forwarded-For", address);
      if (!cookie.isEmpty()) {
        request.header("Cookie", cookie);
      }
      HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
      answer
          .headers()
          .firstValue("Set-Cookie")
          .ifPresent(header -> cookie = header.substring(0, header.indexOf(';')));
      return answer;
    }

    HttpResponse<String> get(String path) throws Exception {
      return send(HttpRequest.newBuilder(URI.create(url(path))));
    }

    HttpResponse<String> post(String path, String body) throws Exception {
      return send(
          HttpRequest.newBuilder(URI.create(url(path)))
              .header("Content-Type", "application/x-www-form-urlencoded")
              .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpResponse<String> logIn(String name, String password) throws Exception {
      return post("/login", form(Map.of("name", name, "password", password, "next", "/silences")));
    }

    String formToken(String path) throws Exception {
      String page = get(path).body();
      var token = Pattern.compile("name=\"form-token\" value=\"([0-9a-f]{64})\"").matcher(page);
      assertThat(token.find()).as(page).isTrue();
      return token.group(1);
    }
  }

  @Test
  void people_logIn_seeTheirRole_act_andLogOut_alsoAfterARestart() throws Exception {
    user("add", "ada", "--role=responder");
    user("add", "<b>vi</b>", "--role=viewer");
    var ada = new Visitor("192.0.2.1");
    var vi = new Visitor("192.0.2.2");
    try (PharosProcess _ = start()) {
      assertThat(ada.get("/silences").body())
          .contains("Changing a silence needs the role responder or admin.", "Log in");
      HttpResponse<String> in = ada.logIn("ada", PASSWORD);
      assertThat(in.statusCode()).isEqualTo(303);
      assertThat(in.headers().firstValue("Location").orElse("")).endsWith("/silences");
      assertThat(in.headers().firstValue("Set-Cookie").orElse(""))
          .containsIgnoringCase("HttpOnly")
          .containsIgnoringCase("SameSite=Strict");
      assertThat(ada.get("/silences").body())
          .contains("<span class=\"name\">ada</span> <span class=\"dim\">responder</span>")
          .doesNotContain("needs the role");
      assertThat(vi.logIn("<b>vi</b>", PASSWORD).statusCode()).isEqualTo(303);
      assertThat(vi.get("/silences").body())
          .contains("needs the role responder or admin")
          .contains("&lt;b&gt;vi&lt;/b&gt;")
          .doesNotContain("<b>vi</b>");
    }
    try (PharosProcess process = start()) {
      assertThat(ada.get("/").body()).as("after a restart").contains(">ada</span>");
      String silence = "matcher=a%3D%22b%22&duration=1h&by=ada&comment=c";
      assertThat(ada.post("/silences/new", silence).statusCode()).isEqualTo(403);
      String token = ada.formToken("/silences/new");
      assertThat(ada.post("/silences/new", silence + "&form-token=" + token).statusCode())
          .isEqualTo(303);
      assertThat(vi.post("/silences/new", silence + "&form-token=" + vi.formToken("/login")).body())
          .contains("&lt;b&gt;vi&lt;/b&gt;")
          .doesNotContain("<b>vi</b>");
      assertThat(process.get("/api/v2/silences").body()).containsOnlyOnce("\"createdBy\":\"ada\"");
      user("role", "ada", "--role=viewer");
      user("remove", "<b>vi</b>");
      reload(process);
      assertThat(ada.post("/silences/new", silence + "&form-token=" + token).statusCode())
          .isBetween(401, 403);
      assertThat(ada.get("/silences/new").body()).contains("needs the role responder or admin");
      assertThat(vi.get("/").body()).contains(">Log in</a>").doesNotContain("&lt;b&gt;vi");
      assertThat(ada.post("/login/end", "form-token=" + token).statusCode()).isEqualTo(303);
      assertThat(ada.get("/").body()).contains(">Log in</a>");
      assertThat(process.log()).doesNotContain("internal error").doesNotContain(PASSWORD);
    }
  }

  private static void reload(PharosProcess process) throws Exception {
    process.signal("HUP");
    var _ = process.await("the reload", Duration.ofSeconds(20), () -> hasReloaded(process));
  }

  private static boolean hasReloaded(PharosProcess process) {
    try {
      return process.log().contains("configuration reloaded");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void wrongPasswords_areRefusedAlike_thenForAMinute_butNotToOthers() throws Exception {
    user("add", "ada", "--role=admin");
    try (PharosProcess process = start()) {
      var guesser = new Visitor("192.0.2.9");
      for (int i = 0; i < MAX_WRONG; i++) {
        HttpResponse<String> answer =
            guesser.logIn(i % 2 == 0 ? "ada" : "<script>x</script>", "guess number " + i);
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body())
            .contains("The name or the password is not right.")
            .doesNotContain("<script>x")
            .doesNotContain("guess number");
      }
      HttpResponse<String> limited = guesser.logIn("ada", PASSWORD);
      assertThat(limited.statusCode()).isEqualTo(429);
      assertThat(limited.headers().firstValue("Retry-After")).isPresent();
      assertThat(limited.body()).contains("Too many wrong attempts from your address");
      assertThat(new Visitor("192.0.2.1").logIn("ada", PASSWORD).statusCode()).isEqualTo(303);
      assertThat(process.log()).doesNotContain("guess number").doesNotContain("<script>");
    }
  }

  @Test
  void formOfAnyBytes_isRefusedAndBreaksNothing() throws Exception {
    user("add", "ada", "--role=admin");
    try (PharosProcess process = start()) {
      var random = new Random(24);
      String alphabet = "name=&password=&token=&next=%00%zz%F0%9F+;\u202e<>'\"{}//\\\0é";
      for (int i = 0; i < 300; i++) {
        var body = new StringBuilder();
        for (int parts = random.nextInt(8); parts > 0; parts--) {
          int from = random.nextInt(alphabet.length());
          body.append(alphabet, from, Math.min(alphabet.length(), from + random.nextInt(16)));
        }
        if (random.nextInt(10) == 0) {
          body.append("x".repeat(random.nextInt(80_000)));
        }
        var visitor = new Visitor("192.0.2." + i % 200);
        HttpResponse<String> answer = visitor.post("/login", body.toString());
        assertThat(answer.statusCode())
            .as(HexFormat.of().formatHex(body.toString().getBytes(StandardCharsets.UTF_8)))
            .isIn(400, 401, 413, 429);
        assertThat(visitor.cookie).isEmpty();
      }
      assertThat(new Visitor("192.0.2.250").logIn("ada", PASSWORD).statusCode()).isEqualTo(303);
      assertThat(process.log()).doesNotContain("internal error");
    }
  }
}
