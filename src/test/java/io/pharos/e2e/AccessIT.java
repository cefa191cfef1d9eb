package io.pharos.e2e;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.access.Role;
import io.pharos.access.Scope;
import io.pharos.cli.Commands;
import io.pharos.server.api.Exemption;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who gets in, asked of a Pharos that runs: each route that there is, each way around.
class AccessIT {
  private static final int SOME_ROUTES = 60;

  @TempDir Path folder;

  /// What came back.
  ///
  /// @param head the status line and the headers
  private record Answer(int status, String head) {
    boolean refused() {
      return status == 401 || status == 403;
    }
  }

  private record Server(PharosProcess process, int port) implements AutoCloseable {
    /// Sends a request with its headers as they are, and reads the answer's head.
    ///
    /// @param body null for one that is announced as 50 MB and never sent: who is refused must
    ///   learn it before that
    Answer send(String method, String path, List<String> headers, String body) throws IOException {
      try (var socket = new Socket("127.0.0.1", port)) {
        socket.setSoTimeout(20_000);
        var all = new ArrayList<String>();
        all.add(method + " " + path + " HTTP/1.1");
        if (headers.stream().noneMatch(header -> header.startsWith("Host:"))) {
          all.add("Host: localhost:" + port);
        }
        all.addAll(headers);
        if (!method.equals("GET")) {
          all.add("Content-Length: " + (body == null ? 50_000_000 : body.length()));
        }
        String text = String.join("\r\n", all) + "\r\n\r\n" + (body == null ? "" : body);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        var in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        var head = new StringBuilder();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
          head.append(line).append('\n');
        }
        return new Answer(Integer.parseInt(head.substring(9, 12)), head.toString());
      }
    }

    Answer send(Routes.Route route, boolean withBody, String... headers) throws IOException {
      var all = new ArrayList<>(List.of(headers));
      if (!route.type().isEmpty()) {
        all.add("Content-Type: " + route.type());
      }
      return send(route.method(), route.path(), all, withBody ? "" : null);
    }

    @Override
    public void close() {
      process.close();
    }
  }

  private Server start(String name, String... flags) throws Exception {
    int port = PharosProcess.freePort();
    Path notifications =
        Files.writeString(
            folder.resolve("alertmanager.yml"),
            "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n");
    var words =
        new ArrayList<>(
            List.of(
                "serve",
                "--config.file=",
                "--probes.dir=",
                "--gates.dir=",
                "--notifications.file=" + notifications,
                "--storage.path=" + folder.resolve(name),
                "--web.listen-address=127.0.0.1:" + port));
    words.addAll(List.of(flags));
    var process =
        PharosProcess.start(folder.resolve(name + ".log"), "http://127.0.0.1:" + port, words);
    var _ = process.await("being ready", Duration.ofSeconds(60), process::isReady);
    return new Server(process, port);
  }

  private Path tokens() throws Exception {
    var text = new StringBuilder("tokens:\n");
    for (Scope scope : Scope.values()) {
      text.append(
          "- {name: '%s', sha256: %s, scopes: ['%s']}%n"
              .formatted(scope.text(), sha256(scope.text()), scope.text()));
    }
    return Files.writeString(folder.resolve("tokens.yml"), text);
  }

  private static String sha256(String token) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
  }

  private static String bearer(Scope scope) {
    return "Authorization: Bearer " + scope.text();
  }

  @Test
  void exemptions_areTheseAndNoOthers() throws Exception {
    Map<Exemption, TreeSet<String>> exempt =
        Routes.all().stream()
            .filter(route -> route.exemption().isPresent())
            .collect(
                groupingBy(
                    route -> route.exemption().orElseThrow(),
                    mapping(Routes.Route::toString, toCollection(TreeSet::new))));
    assertThat(exempt)
        .isEqualTo(
            Map.of(
                Exemption.HEALTH,
                new TreeSet<>(List.of("GET /-/healthy", "GET /-/ready")),
                Exemption.LOG_IN,
                new TreeSet<>(
                    List.of(
                        "GET /login", "GET /login/oidc", "GET /login/oidc/return", "POST /login")),
                Exemption.LOG_OUT,
                new TreeSet<>(List.of("POST /login/end")),
                Exemption.SILENCE_LINK,
                new TreeSet<>(List.of("GET /silences/new", "POST /silences/new")),
                Exemption.ACKNOWLEDGE_LINK,
                new TreeSet<>(List.of("GET /acknowledge", "POST /acknowledge")),
                Exemption.SIGNED,
                new TreeSet<>(List.of("POST /api/pharos/v1/github/webhook")),
                Exemption.PROBE_TOKEN,
                new TreeSet<>(
                    List.of(
                        "GET /api/pharos/v1/heartbeats/x",
                        "GET /api/pharos/v1/heartbeats/x/x",
                        "GET /api/pharos/v1/probes/x/push",
                        "POST /api/pharos/v1/heartbeats/x",
                        "POST /api/pharos/v1/heartbeats/x/x",
                        "POST /api/pharos/v1/probes/x/push")),
                Exemption.PUSH_TOKEN,
                new TreeSet<>(List.of("GET /api/push/x", "POST /api/push/x")),
                Exemption.GONE,
                new TreeSet<>(
                    List.of(
                        "GET /api/v1/alerts/groups",
                        "GET /api/v1/receivers",
                        "GET /api/v1/silences",
                        "GET /api/v1/silence/x",
                        "GET /api/v1/status",
                        "POST /api/v1/alerts",
                        "POST /api/v1/silences",
                        "DELETE /api/v1/silence/x"))));
    assertThat(Routes.all()).hasSizeGreaterThan(SOME_ROUTES);
  }

  @Test
  void withTokens_eachRouteAsksForItsScopeBeforeItReadsABody() throws Exception {
    try (Server server = start("closed", "--tokens.file=" + tokens(), "--web.read=token")) {
      for (Routes.Route route : Routes.all()) {
        if (route.needs().isEmpty()) {
          continue;
        }
        Scope needed = route.needs().get();
        assertThat(server.send(route, false).status()).as(route + " without token").isEqualTo(401);
        assertThat(server.send(route, false, "X-Forwarded-For: 127.0.0.1").status())
            .as(route + " forwarded")
            .isEqualTo(401);
        assertThat(server.send(route, false, "Authorization: Bearer none").status())
            .as(route + " with a wrong token")
            .isEqualTo(401);
        Scope other = needed == Scope.GATE_CREATE ? Scope.ALERT_WRITE : Scope.GATE_CREATE;
        assertThat(server.send(route, false, bearer(other)).status())
            .as(route + " with " + other)
            .isEqualTo(403);
        assertThat(server.send(route, true, bearer(needed)).refused())
            .as(route + " with " + needed)
            .isFalse();
      }
      for (String path : List.of("/q", "/q/metrics", "/q/dev", "/q/health")) {
        assertThat(server.send("GET", path, List.of(), "").status()).as(path).isEqualTo(404);
      }
      assertThat(server.send("GET", "/silences/new?matcher=a%3Db", List.of(), "").status())
          .isEqualTo(401);
      assertThat(server.process().log()).doesNotContain("internal error");
    }
  }

  @Test
  void withTokensAndOpenReads_readsAskForNothingAndAllElseForItsScope() throws Exception {
    try (Server server = start("open", "--tokens.file=" + tokens())) {
      for (Routes.Route route : Routes.all()) {
        if (route.needs().isPresent()) {
          assertThat(server.send(route, route.reads()).refused())
              .as(route.toString())
              .isEqualTo(!route.reads());
        }
      }
    }
  }

  @Test
  void withoutTokens_onlyThisHostWritesByItsOwnName() throws Exception {
    try (Server server = start("local")) {
      for (Routes.Route route : Routes.all()) {
        if (route.needs().isEmpty()) {
          continue;
        }
        assertThat(server.send(route, true).refused()).as(route + " from here").isFalse();
        if (!route.needs().get().writes()) {
          continue;
        }
        for (String header :
            List.of(
                "Host: evil.example",
                "X-Forwarded-For: 127.0.0.1",
                "Forwarded: for=127.0.0.1",
                "Origin: http://evil.example",
                "Origin: null",
                "Sec-Fetch-Site: cross-site")) {
          assertThat(server.send(route, false, header).status())
              .as(route + " with " + header)
              .isEqualTo(403);
        }
      }
    }
  }

  @Test
  void withoutTokens_listenerOrExternalUrlForOthers_nobodyWrites() throws Exception {
    try (Server server = start("proxied", "--web.external-url=https://pharos.example.org")) {
      assertThat(server.send("POST", "/-/reload", List.of(), "").status()).isEqualTo(403);
      assertThat(server.send("GET", "/", List.of(), "").status()).isEqualTo(200);
      assertThat(server.process().log()).contains("nobody may write");
    }
  }

  @Test
  void session_writesFromOurPagesUntilItEnds() throws Exception {
    try (Server server = start("session", "--tokens.file=" + tokens())) {
      String form = "Content-Type: application/x-www-form-urlencoded";
      assertThat(server.send("POST", "/login", List.of(form), "token=guess").status())
          .isEqualTo(401);
      assertThat(
              server
                  .send(
                      "POST",
                      "/login",
                      List.of(form, "Origin: http://evil.example"),
                      "token=silence:write")
                  .status())
          .isEqualTo(403);
      Answer in =
          server.send(
              "POST", "/login", List.of(form), "token=silence%3Awrite&next=%2F%2Fevil.example");
      assertThat(in.status()).isEqualTo(303);
      assertThat(in.head()).containsPattern("(?i)location: (http://localhost:\\d+)?/\n");
      var cookie =
          Pattern.compile("(?i)set-cookie: (pharos_session=[^;]+);(.*)").matcher(in.head());
      assertThat(cookie.find()).isTrue();
      assertThat(cookie.group(1)).doesNotContain("silence");
      assertThat(cookie.group(2))
          .containsIgnoringCase("HttpOnly")
          .containsIgnoringCase("SameSite=Strict")
          .containsIgnoringCase("Path=/")
          .containsIgnoringCase("Max-Age=43200")
          .doesNotContainIgnoringCase("Secure");
      String session = "Cookie: " + cookie.group(1);
      String silence = "matcher=a%3D%22b%22&duration=1h&by=me&comment=c";
      assertThat(server.send("POST", "/silences/new", List.of(form), silence).status())
          .isEqualTo(401);
      assertThat(
              server
                  .send(
                      "POST",
                      "/silences/new",
                      List.of(form, session, "Origin: http://evil.example"),
                      silence)
                  .status())
          .isEqualTo(403);
      assertThat(server.send("POST", "/silences/new", List.of(form, session), silence).status())
          .as("without the form token")
          .isEqualTo(403);
      assertThat(
              server
                  .send(
                      "POST",
                      "/silences/new",
                      List.of(form, session),
                      silence + "&form-token=" + "0".repeat(64))
                  .status())
          .isEqualTo(403);
      String token = formToken(server, session);
      String known = silence + "&form-token=" + token;
      assertThat(server.send("POST", "/silences/new", List.of(form, session), known).status())
          .isEqualTo(303);
      assertThat(server.process().get("/api/v2/silences").body()).contains("\"createdBy\":\"me\"");
      assertThat(server.send("POST", "/-/reload", List.of(session), "").status()).isEqualTo(403);
      assertThat(server.send("POST", "/login/end", List.of(form, session), "").status())
          .isEqualTo(403);
      assertThat(
              server
                  .send("POST", "/login/end", List.of(form, session), "form-token=" + token)
                  .status())
          .isEqualTo(303);
      assertThat(server.send("POST", "/silences/new", List.of(form, session), known).status())
          .isEqualTo(401);
    }
  }

  /// Reads the form token from a page, as a browser does.
  private static String formToken(Server server, String session) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/login"))
              .header("Cookie", session.substring("Cookie: ".length()))
              .build();
      String page = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
      var token = Pattern.compile("name=\"form-token\" value=\"([0-9a-f]{64})\"").matcher(page);
      assertThat(token.find()).as(page).isTrue();
      return token.group(1);
    }
  }

  /// Adds a person by the command, as an administrator does.
  private Path people(Role... roles) throws Exception {
    Path file = folder.resolve("people.yml");
    Path password = Files.writeString(folder.resolve("password"), "correct horse battery");
    for (Role role : roles) {
      assertThat(
              Commands.system()
                  .run(
                      "user",
                      List.of(
                          "add",
                          role.text(),
                          "--role=" + role.text(),
                          "--people.file=" + file,
                          "--password-file=" + password)))
          .isZero();
    }
    return file;
  }

  @Test
  void withAccounts_eachRouteAnswersEachRoleByItsScopes() throws Exception {
    String form = "Content-Type: application/x-www-form-urlencoded";
    try (Server server =
        start(
            "people",
            "--web.auth=local",
            "--people.file=" + people(Role.values()),
            "--web.read=token")) {
      assertThat(server.send("POST", "/login", List.of(form), "name=admin&password=guess").status())
          .isEqualTo(401);
      for (Role role : Role.values()) {
        Answer in =
            server.send(
                "POST",
                "/login",
                List.of(form),
                "name=" + role.text() + "&password=correct+horse+battery");
        assertThat(in.status()).isEqualTo(303);
        var cookie = Pattern.compile("(?i)set-cookie: (pharos_session=[^;]+);").matcher(in.head());
        assertThat(cookie.find()).isTrue();
        String session = "Cookie: " + cookie.group(1);
        String token = "X-Form-Token: " + formToken(server, session);
        for (Routes.Route route : Routes.all()) {
          if (route.needs().isEmpty()) {
            continue;
          }
          boolean may = role.permits(route.needs().get());
          assertThat(server.send(route, may, session, token).refused())
              .as(route + " as " + role)
              .isEqualTo(!may);
          assertThat(server.send(route, false).status()).as(route + " as nobody").isEqualTo(401);
          if (may && route.needs().get().writes() && !route.method().equals("GET")) {
            assertThat(server.send(route, true, session).status())
                .as(route + " without the form token")
                .isEqualTo(403);
          }
        }
      }
      assertThat(server.process().log())
          .contains("People log in (--web.auth=local): 3 have accounts")
          .doesNotContain("internal error");
    }
  }

  @Test
  void filesWithState_areTheirOwnersAlone() throws Exception {
    try (Server _ = start("private")) {
      Optional<Path> open;
      try (var files = Files.walk(folder.resolve("private"))) {
        open = files.filter(AccessIT::isOpen).findFirst();
      }
      assertThat(open).isEmpty();
      assertThat(folder.resolve("private").resolve("link-key")).exists();
    }
  }

  private static boolean isOpen(Path file) {
    try {
      return !PosixFilePermissions.toString(Files.getPosixFilePermissions(file)).endsWith("------");
    } catch (IOException _) { // gone meanwhile
      return false;
    }
  }
}
