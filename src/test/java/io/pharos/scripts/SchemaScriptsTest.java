package io.pharos.scripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The deploy scripts and the backend's database: what a rollback asks, how a migration is called,
/// and where secrets are while they run. Real bash, curl and age; a Pharos that answers as it is
/// told.
@Tag("slow")
class SchemaScriptsTest {
  private static final String TOKEN = "t0ken-which-nobody-may-see";
  private static final String PASSWORD = "passw0rd-which-nobody-may-see";

  @TempDir Path folder;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private volatile int status = 200;
  private volatile String schema = "{\"answer\":\"yes\",\"summary\":\"it fits\",\"reported\":3}";
  private HttpServer server;
  private Path env;

  record Result(int code, String output) {}

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().toString();
          requests.add(
              exchange.getRequestMethod()
                  + " "
                  + path
                  + " "
                  + exchange.getRequestHeaders().getFirst("Authorization")
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          boolean asks = path.contains("can-rollback");
          byte[] bytes = (asks ? schema : "{\"id\":\"g\"}").getBytes(StandardCharsets.UTF_8);
          boolean announces = exchange.getRequestMethod().equals("PUT");
          exchange.sendResponseHeaders(asks ? status : announces ? 201 : 200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    Path state = Files.createDirectories(folder.resolve("state"));
    Files.write(state.resolve("releases"), List.of("- 1.3.9", "- 1.4.0"));
    environment.put("STATE_DIR", state.toString());
    environment.put("TMPDIR", Files.createDirectories(folder.resolve("tmp")).toString());
    env = folder.resolve("test.env");
    Files.writeString(
        env,
        """
        PHAROS_ENV=staging
        PHAROS_URL=http://127.0.0.1:%d
        SERVICE=shop
        STRATEGY=recreate
        ON_INCONCLUSIVE=rollback
        START_COMMAND=echo starting $VERSION
        BACKEND_JDBC_URL=jdbc:postgresql://db/shop
        BACKEND_JDBC_USER=shop
        """
            .formatted(server.getAddress().getPort()));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Process begin(String script, String... words) throws IOException {
    var all = new ArrayList<>(List.of("bash", "scripts/" + script, "--env", env.toString()));
    all.addAll(List.of(words));
    var builder = new ProcessBuilder(all).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("PHAROS_"));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static Result end(Process process) throws Exception {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(output).isTrue();
    return new Result(process.exitValue(), output);
  }

  private Result run(String script, String... words) throws Exception {
    return end(begin(script, words));
  }

  private void set(String line) throws IOException {
    String key = line.substring(0, line.indexOf('=') + 1);
    var kept = new ArrayList<>(Files.readAllLines(env));
    kept.removeIf(old -> old.startsWith(key));
    kept.add(line);
    Files.write(env, kept);
  }

  /// A Pharos that says how it was called, and what it finds behind two of its flags.
  private void notingPharos(String more) throws IOException {
    Path pharos = folder.resolve("pharos");
    Files.writeString(
        pharos,
        """
        #!/bin/bash
        echo "pharos $*"
        for word in "$@"; do
          case $word in
            --backend.jdbc.password-file=* | --token-file=* | --jdbc.password-file=*)
              printf '%%s has %%s characters\\n' "${word%%%%=*}" "$(wc -c <"${word#*=}")" ;;
          esac
        done
        %s
        """
            .formatted(more));
    assertThat(pharos.toFile().setExecutable(true)).isTrue();
    environment.put("PHAROS_COMMAND", pharos.toString());
  }

  @Test
  void rollback_asksFirst_andTellsWhatServesThen() throws Exception {
    Result result = run("rollback.sh", "--back", "1");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(result.output())
        .contains("1.3.9 can run on the database: it fits")
        .contains("starting 1.3.9");
    assertThat(requests.getFirst())
        .startsWith(
            "GET /api/pharos/v1/migrations/can-rollback?service=shop&env=staging&to=1.3.9 ");
    assertThat(requests.get(1))
        .startsWith("PUT /api/pharos/v1/deployments/rollback:shop:staging:1.3.9:")
        .contains("\"version\":\"1.3.9\"");
    assertThat(requests.get(2)).startsWith("PATCH ").endsWith("{\"status\":\"succeeded\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"answer":"no","summary":"V2 took it away","reported":2}         | 200 | 4
          {"answer":"unknown","summary":"V2 was begun","reported":2}       | 200 | 4
          {"answer":"later","summary":"a word of later","reported":2}      | 200 | 4
          {"answer":"unknown","summary":"nothing was reported","reported":0} | 200 | 0
          {"error":"starting"}                                             | 503 | 0
          {"error":"no such route"}                                        | 404 | 0
          """)
  void rollback_thatMayNotFitTheDatabase_isRefused_whereSomethingIsKnown(
      String answer, int status, int code) throws Exception {
    schema = answer;
    this.status = status;
    Result result = run("rollback.sh", "--back", "1");
    assertThat(result.code()).as(result.output()).isEqualTo(code);
    if (code == 4) {
      assertThat(result.output())
          .doesNotContain("starting 1.3.9")
          .contains("The traffic is unchanged; --force REASON overrides this");
      assertThat(Files.readAllLines(folder.resolve("state/releases"))).hasSize(2);
      assertThat(run("rollback.sh", "--back", "1", "--force", "yes").code()).isEqualTo(4);
      Result forced = run("rollback.sh", "--back", "1", "--force", "the column is back");
      assertThat(forced.code()).as(forced.output()).isZero();
      assertThat(forced.output()).contains("Continuing anyway: the column is back");
    } else {
      assertThat(result.output())
          .contains("it is unknown whether 1.3.9 can run on the database")
          .contains("starting 1.3.9");
    }
  }

  @Test
  void rollbackOfADeploy_toWhatServed_asksNobody() throws Exception {
    schema = "{\"answer\":\"no\",\"summary\":\"never\",\"reported\":2}";
    Result result = run("rollback.sh", "--deployment", "gh:a/b:1");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(requests).noneMatch(request -> request.contains("can-rollback"));
  }

  @Test
  void migrate_ofTheBackend_passesItsSettings_andNeverMixesTheDatabases() throws Exception {
    notingPharos("exit 1");
    set("JDBC_URL=jdbc:postgresql://own/pharos");
    set("LOCK_TIMEOUT=2s");
    Result result =
        run("migrate.sh", "--database", "backend", "--phase", "expand", "--version", "1.5.0");
    assertThat(result.code()).as(result.output()).isEqualTo(1);
    assertThat(result.output())
        .contains(
            "pharos migrate-backend --phase=expand --backend.jdbc.url=jdbc:postgresql://db/shop"
                + " --backend.jdbc.user=shop --migrations.dir=")
        .contains("/deploy/migrations --env=staging --lock-timeout=2s --release=1.5.0 --url=http:")
        .contains("--service=shop")
        .doesNotContain("own/pharos");
    assertThat(run("migrate.sh", "--database", "backend").output())
        .contains("--phase: expected expand or contract, found ''");
    assertThat(run("migrate.sh", "--phase", "expand").output())
        .contains("--phase, --version and --force are for --database backend");
    assertThat(run("migrate.sh", "--database", "other").code()).isEqualTo(4);
    set("BACKEND_JDBC_URL=jdbc:postgresql://db/shop?password=x");
    assertThat(run("migrate.sh", "--database", "backend", "--phase", "expand").output())
        .contains(
            "BACKEND_JDBC_URL contains a password; expected it in BACKEND_JDBC_PASSWORD_FILE");
    set("BACKEND_JDBC_URL=jdbc:postgresql://db/shop");
    set("PHAROS_ENV=production");
    assertThat(run("migrate.sh", "--database", "backend", "--phase", "expand").output())
        .contains("BACKEND_BACKUP_FILE: expected .+, found ''");
  }

  private static boolean isInstalled(String command) throws Exception {
    return new ProcessBuilder("bash", "-c", "command -v " + command).start().waitFor() == 0;
  }

  private static void sh(Path at, String script) throws Exception {
    Process process =
        new ProcessBuilder("bash", "-ec", script)
            .directory(at.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private void encrypted(String lines) throws Exception {
    Path keys = Files.createDirectories(folder.resolve("keys"));
    Files.writeString(keys.resolve("plain"), lines);
    sh(
        keys,
        "[ -e key ] || age-keygen -o key 2>/dev/null; age --encrypt --recipient \"$(age-keygen -y"
            + " key)\" --output secrets.age plain; rm plain");
    set("SECRETS_FILE=" + keys.resolve("secrets.age"));
    set("AGE_IDENTITY_FILE=" + keys.resolve("key"));
  }

  @Test
  void encryptedSecrets_reachWhoNeedsThem_andNobodyElse() throws Exception {
    assumeTrue(isInstalled("age"), "skipped: age is not installed");
    encrypted("# of staging\nPHAROS_TOKEN=" + TOKEN + "\nBACKEND_JDBC_PASSWORD=" + PASSWORD + "\n");
    notingPharos("sleep 1");
    set("MIGRATE_COMMAND=scripts/migrate.sh --env " + env + " --database backend --phase $PHASE");
    set("START_COMMAND=sleep 1");
    set("GATE_WAIT=1");
    Set<String> seen = new ConcurrentSkipListSet<>();
    Process deploy = begin("deploy.sh", "--version", "1.5.0", "--key", "k");
    Thread look =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (deploy.isAlive()) {
                    Stream.concat(Stream.of(deploy.toHandle()), deploy.descendants())
                        .forEach(process -> look(process, seen));
                  }
                });
    Result result = end(deploy);
    look.join();
    assertThat(result.output())
        .contains("--token-file has " + TOKEN.length() + " characters")
        .contains("--backend.jdbc.password-file has " + PASSWORD.length() + " characters")
        .doesNotContain(TOKEN)
        .doesNotContain(PASSWORD);
    assertThat(requests)
        .isNotEmpty()
        .allMatch(request -> request.contains("Bearer " + TOKEN) || request.contains("/-/ready"));
    assertThat(seen)
        .as("it did look: the children are there, and a variable that they may have")
        .anyMatch(text -> text.contains("migrate-backend"))
        .anyMatch(text -> text.contains("BACKEND_JDBC_USER=shop"))
        .noneMatch(text -> text.contains(TOKEN) || text.contains(PASSWORD));
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(TOKEN)
            .doesNotContain(PASSWORD);
      }
    }
  }

  private static void look(ProcessHandle process, Set<String> seen) {
    for (String what : List.of("cmdline", "environ")) {
      try {
        seen.add(
            new String(
                Files.readAllBytes(Path.of("/proc/" + process.pid(), what)),
                StandardCharsets.ISO_8859_1));
      } catch (IOException _) { // it has ended
        return;
      }
    }
  }

  /// What sops is asked for; the real one is not in Debian.
  @Test
  void secretsOfSops_areAskedForAsKeysAndValues() throws Exception {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Path sops = bin.resolve("sops");
    Files.writeString(
        sops,
        "#!/bin/sh\n[ \"$*\" = \"--decrypt --input-type dotenv --output-type dotenv "
            + folder.resolve("s.sops.env")
            + "\" ] && echo PHAROS_TOKEN="
            + TOKEN
            + "\n");
    assertThat(sops.toFile().setExecutable(true)).isTrue();
    environment.put("PATH", bin + ":" + System.getenv("PATH"));
    set("SECRETS_FILE=" + Files.writeString(folder.resolve("s.sops.env"), "sealed"));
    Result result = run("health_check.sh");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(requests).singleElement().asString().contains("Bearer " + TOKEN);
  }

  @Test
  void secretsThatCantBeHad_endADeployBeforeItBegins_andNotARollback() throws Exception {
    assumeTrue(isInstalled("age"), "skipped: age is not installed");
    encrypted("PHAROS_TOKEN=" + TOKEN + "\nTYPING_ERROR=" + PASSWORD + "\n");
    Result unknown = run("deploy.sh", "--version", "1.5.0");
    assertThat(unknown.code()).as(unknown.output()).isEqualTo(4);
    assertThat(unknown.output())
        .contains("secrets.age:2: expected PHAROS_TOKEN=, JDBC_PASSWORD= or")
        .doesNotContain(PASSWORD);
    sh(folder.resolve("keys"), "rm key; age-keygen -o key 2>/dev/null");
    Result wrongKey = run("deploy.sh", "--version", "1.5.0");
    assertThat(wrongKey.code()).isEqualTo(4);
    assertThat(wrongKey.output()).contains("secrets.age can't be decrypted");
    set("AGE_IDENTITY_FILE=/nowhere");
    assertThat(run("deploy.sh", "--version", "1.5.0").output())
        .contains("AGE_IDENTITY_FILE: '/nowhere' can't be read");
    assertThat(requests).isEmpty();
    Result rollback = run("rollback.sh", "--back", "1");
    assertThat(rollback.code()).as(rollback.output()).isZero();
    assertThat(rollback.output()).contains("starting 1.3.9");
    assertThat(run("deploy.sh", "--version", "1.5.0", "--dry-run").code())
        .as("who looks at what would be done need not have the key")
        .isZero();
  }
}
