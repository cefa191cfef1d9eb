package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.access.ProviderRig;
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
import java.util.TreeMap;
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
    return start("local");
  }

  private PharosProcess start(String mode) throws Exception {
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
                "--web.auth=" + mode,
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
    private final Map<String, String> cookies = new TreeMap<>();

    Visitor(String address) {
      this.address = address;
    }

    private HttpResponse<String> send(HttpRequest.Builder request)
        throws IOException, InterruptedException {
      request.header("X-Forwarded-For", address);
      cookies.forEach((name, value) -> request.header("Cookie", name + "=" + value));
      HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
      for (String header : answer.headers().allValues("Set-Cookie")) {
        String[] cookie = header.substring(0, header.indexOf(';')).split("=", 2);
        if (cookie[1].isEmpty()) {
          cookies.remove(cookie[0]);
        } else {
          cookies.put(cookie[0], cookie[1]);
        }
      }
      return answer;
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
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

  private static boolean has(Visitor visitor, String text) {
    try {
      return visitor.get("/settings/audit").body().contains(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void changes_areInTheAudit_forAdminsOnly_withoutWhatWasTyped() throws Exception {
    user("add", "ada", "--role=admin");
    user("add", "vi", "--role=viewer");
    var ada = new Visitor("192.0.2.1");
    var vi = new Visitor("192.0.2.2");
    try (PharosProcess process = start()) {
      assertThat(vi.logIn("vi", "wrong password typed").statusCode()).isEqualTo(401);
      assertThat(vi.logIn("my other password", PASSWORD).statusCode()).isEqualTo(401);
      assertThat(vi.logIn("vi", PASSWORD).statusCode()).isEqualTo(303);
      assertThat(vi.get("/settings/audit").statusCode()).isEqualTo(403);
      assertThat(vi.post("/-/reload", "form-token=" + vi.formToken("/login")).statusCode())
          .isEqualTo(403);
      assertThat(ada.logIn("ada", PASSWORD).statusCode()).isEqualTo(303);
      String silence = "matcher=a%3D%22b%22&duration=1h&by=ada&comment=c&form-token=";
      assertThat(ada.post("/silences/new", silence + ada.formToken("/login")).statusCode())
          .isEqualTo(303);
      user("role", "vi", "--role=responder");
      reload(process);
      // The row is written after the line of the log.
      var _ =
          process.await("the row of the reload", Duration.ofSeconds(20), () -> has(ada, "SIGHUP"));
      HttpResponse<String> page = ada.get("/settings/audit");
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.body())
          .contains("POST /silences/new", "→ ", "/silences#", "192.0.2.1")
          .contains("vi: viewer became responder", "SIGHUP", "POST /-/reload")
          .doesNotContain(
              "typed", "my other password", PASSWORD, ada.cookies.get("pharos_session"));
      HttpResponse<String> found = ada.get("/api/pharos/v1/audit?text=RELOAD&limit=1");
      assertThat(found.body())
          .contains("\"actor\":\"vi\"", "\"status\":403", "\"means\":\"session\"");
      assertThat(ada.get("/settings/audit?text=nothing+like+it").body())
          .contains("No change matches this search.");
      assertThat(ada.get("/settings/audit?since=%3Cscript%3E").statusCode()).isEqualTo(400);
      assertThat(new Visitor("192.0.2.3").get("/settings/audit").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void identityProvider_confirmsAPerson_orNobodyIsLoggedIn() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), ProviderRig.SECRET);
    try (var provider = new ProviderRig()) {
      Files.writeString(folder.resolve("people.yml"), provider.file(secret.toString()));
      try (PharosProcess process = start("oidc")) {
        var ada = new Visitor("192.0.2.1");
        assertThat(ada.get("/login?next=/silences").body())
            .contains("href=\"/login/oidc?next=%2Fsilences\"", "Log in at 127.0.0.1");
        HttpResponse<String> sent = ada.get("/login/oidc?next=/silences");
        assertThat(sent.statusCode()).isEqualTo(303);
        URI there = URI.create(sent.headers().firstValue("Location").orElse(""));
        assertThat(there.toString()).startsWith(provider.url() + "/authorize?");
        URI back = provider.confirm(there);
        assertThat(new Visitor("192.0.2.2").get(path(back)).statusCode())
            .as("in another browser")
            .isEqualTo(401);
        HttpResponse<String> arrived = ada.get(path(back));
        assertThat(arrived.statusCode()).isEqualTo(200);
        assertThat(arrived.headers().firstValue("Refresh")).contains("0; url=/silences");
        assertThat(ada.cookies).containsOnlyKeys("pharos_session");
        assertThat(ada.get("/silences").body())
            .contains("&lt;b&gt;ada&lt;/b&gt;</span> <span class=\"dim\">admin</span>")
            .doesNotContain("<b>ada</b>");
        assertThat(ada.get("/settings/audit").body()).contains("GET /login/oidc/return");
        provider.lie = claims -> claims.setClaim("nonce", "<i>another</i>");
        var eve = new Visitor("192.0.2.3");
        URI again = URI.create(eve.get("/login/oidc").headers().firstValue("Location").orElse(""));
        HttpResponse<String> refused = eve.get(path(provider.confirm(again)));
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.body()).contains("not for this log-in (nonce)");
        assertThat(eve.cookies).isEmpty();
        assertThat(eve.get("/login/oidc/return?error=%3Cscript%3E").body())
            .contains("refused the log-in")
            .doesNotContain("<script>\"");
        assertThat(process.log())
            .contains("People log in at " + provider.url())
            .doesNotContain("internal error");
      }
    }
  }

  private static String path(URI uri) {
    return uri.getRawPath() + "?" + uri.getRawQuery();
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
        assertThat(visitor.cookies).isEmpty();
      }
      assertThat(new Visitor("192.0.2.250").logIn("ada", PASSWORD).statusCode()).isEqualTo(303);
      assertThat(process.log()).doesNotContain("internal error");
    }
  }
}
