package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/// A healthy stack sends nobody a message: the processes of docker-compose.yml without their
/// containers, by the command lines that stand there, with the shipped files, secrets of
/// deploy/compose/secrets.sh, other ports and folders, and the intervals as shipped. Pharos with
/// its mail, the demo backend behind its tap, a Prometheus that reads the same files and tells
/// Pharos of its alerts, and Debian's exporters beside a PostgreSQL with its backup, a Redis and an
/// nginx.
///
/// Loki, Alloy and Grafana can't be had: a stub takes the lines and knows of none that a rule looks
/// for. `-Dpharos.healthy.minutes=N`, an hour at night on a machine of its own; in other builds it
/// is skipped. What the machine itself suffers from is its own: such alerts are named and not
/// judged.
class HealthyStackIT {
  private static final int MINUTES = Integer.getInteger("pharos.healthy.minutes", 0);
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{\\w+:-([^}]*)}");
  private static final Pattern SUBJECT = Pattern.compile("(?i)^subject: (.*)$");

  /// A machine on which others work, too.
  private static final Set<String> OF_THE_MACHINE =
      Set.of("HostLoadHigh", "HostMemoryLow", "HostDiskSlow", "HostClockWrong", "DiskLow");

  private final Path folder =
      Path.of("target", "e2e", "healthy-" + ProcessHandle.current().pid()).toAbsolutePath();
  private final List<String> mails = new CopyOnWriteArrayList<>();
  private final List<Process> processes = new ArrayList<>();

  @Test
  void healthyStack_sendsNoMessage() throws Exception {
    assumeTrue(MINUTES > 0, "only at night and with -Dpharos.healthy.minutes=N");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/prometheus")), "prometheus is not installed");
    Files.createDirectories(folder);
    int backendPort = PharosProcess.freePort();
    int tapPort = PharosProcess.freePort();
    int port = PharosProcess.freePort();
    int prometheusPort = PharosProcess.freePort();
    String url = "http://127.0.0.1:" + port;
    try (var stand = new ExporterStand(folder);
        var mail = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      assertThat(stand.missing()).isEmpty();
      HttpServer loki = loki();
      Thread.ofVirtual().start(() -> take(mail));
      DemoStack.copyVersionedFiles(
          folder,
          Map.of(
              "127.0.0.1:8080", "127.0.0.1:" + backendPort,
              "port: 8080", "port: " + backendPort,
              "127.0.0.1:9097", "127.0.0.1:" + tapPort,
              "127.0.0.1:9095", "127.0.0.1:" + port,
              "localhost:1025", "localhost:" + mail.getLocalPort()));
      for (ExporterStand.Target target : stand.targets()) {
        Path file = folder.resolve("prometheus/targets/" + target.job() + ".json");
        if (Files.exists(file)) {
          Files.writeString(
              file,
              "[{\"targets\":[\"%s\"],\"labels\":{\"service\":\"remotegpu-backend\",\"host\":\"localhost\"}}]"
                  .formatted(target.address()));
        }
      }
      secrets();
      backUp(stand);

      Map<String, String> places =
          Map.of(
              "/run/secrets/pharos_tokens", folder + "/deploy/secrets/pharos_tokens.yml",
              "http://localhost:9095", url,
              "http://loki:3100", "http://127.0.0.1:" + loki.getAddress().getPort(),
              "notifications.capture=true", "notifications.capture=false",
              "0.0.0.0:8080", "127.0.0.1:" + backendPort,
              "=prometheus/demo_token", "=" + folder + "/prometheus/demo_token",
              "0.0.0.0:9090", "127.0.0.1:" + prometheusPort,
              "/etc/pharos", folder.toString(),
              "=/prometheus", "=" + folder + "/prometheus-data");
      List<String> backend = command("demo-backend", places);
      backend.addAll(
          List.of("--tap-listen=127.0.0.1:0", "--tap-metrics-listen=127.0.0.1:" + tapPort));
      List<String> serve = command("pharos", places);
      // What the image's own folders are.
      serve.addAll(
          List.of(
              "--config.file=" + folder + "/prometheus/prometheus.yml",
              "--notifications.file=" + folder + "/notifications/alertmanager.yml",
              "--probes.dir=" + folder + "/probes",
              "--gates.dir=" + folder + "/gates",
              "--storage.path=" + folder + "/data",
              "--web.listen-address=127.0.0.1:" + port));
      var mailer =
          Map.of(
              "QUARKUS_MAILER_HOST", "localhost", "QUARKUS_MAILER_PORT", "" + mail.getLocalPort());
      try (var demo =
              PharosProcess.start(
                  folder.resolve("backend.log"), "http://127.0.0.1:" + backendPort, backend);
          var pharos =
              PharosProcess.start(Path.of(""), folder.resolve("pharos.log"), url, serve, mailer)) {
        pharos.await("ready", Duration.ofMinutes(2), pharos::isReady);
        start(
            "prometheus",
            Map.of(),
            withProgram("/usr/bin/prometheus", command("prometheus", places)));

        Set<String> firing = watch(pharos, stand);

        String said = "%d minutes, mails %s, alerts %s".formatted(MINUTES, mails, firing);
        System.out.println("healthy stack: " + said);
        Files.writeString(folder.resolve("healthy.txt"), said + "\n");
        assertThat(demo.isAlive() && pharos.isAlive()).isTrue();
        assertThat(down(pharos)).as("targets that are down").isEmpty();
        assertThat(pharos.query("count(up == 1)").path(0).path("value").path(1).asInt())
            .isGreaterThanOrEqualTo(8);
        assertThat(pharos.query("ALERTS{alertname=\"Watchdog\"}")).isNotEmpty();
        assertThat(firing).as(said).isEmpty();
        assertThat(mails).as(said).allMatch(HealthyStackIT::ofTheMachine);
      } finally {
        processes.forEach(Process::destroy);
        for (Process process : processes) {
          if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
          }
        }
        loki.stop(0);
      }
    }
  }

  private static boolean ofTheMachine(String subject) {
    return OF_THE_MACHINE.stream().anyMatch(subject::contains);
  }

  /// Lets the time pass, with some work for the stores, and gives what fired meanwhile that is
  /// neither the machine's own nor meant to fire.
  private Set<String> watch(PharosProcess pharos, ExporterStand stand) throws Exception {
    var fired = new TreeSet<String>();
    Instant end = Instant.now().plus(Duration.ofMinutes(MINUTES));
    while (Instant.now().isBefore(end)) {
      stand.work();
      for (JsonNode alert : pharos.query("ALERTS{alertstate=\"firing\",severity!=\"info\"}")) {
        String name = alert.path("metric").path("alertname").asText();
        if (!name.equals("Watchdog")) {
          String line = name + " " + alert.path("metric");
          if (!OF_THE_MACHINE.contains(name) && fired.add(line)) {
            System.out.println(Instant.now() + " fires: " + line);
          }
        }
      }
      TimeUnit.SECONDS.sleep(15);
    }
    return fired;
  }

  private static List<String> down(PharosProcess pharos) {
    var down = new ArrayList<String>();
    pharos.query("up == 0").forEach(series -> down.add(series.path("metric").toString()));
    return down;
  }

  /// The command of a service of docker-compose.yml, with its variables' defaults and these texts
  /// in the place of others.
  private static List<String> command(String service, Map<String, String> places)
      throws IOException {
    Map<String, Object> compose =
        new Yaml(new SafeConstructor(new LoaderOptions()))
            .load(Files.readString(Path.of("docker-compose.yml")));
    var services = (Map<?, ?>) compose.get("services");
    var words = (List<?>) ((Map<?, ?>) services.get(service)).get("command");
    var command = new ArrayList<String>();
    for (Object word : words) {
      String text = VARIABLE.matcher(word.toString()).replaceAll("$1");
      for (var place : new TreeMap<>(places).entrySet()) {
        text = text.replace(place.getKey(), place.getValue());
      }
      command.add(text);
    }
    return command;
  }

  private static List<String> withProgram(String program, List<String> words) {
    words.addFirst(program);
    return words;
  }

  private void start(String name, Map<String, String> environment, List<String> command)
      throws IOException {
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile());
    builder.environment().putAll(environment);
    processes.add(builder.start());
  }

  /// As the compose file's users make them; Prometheus shows its own when it posts alerts.
  private void secrets() throws Exception {
    Path script = folder.resolve("deploy/compose/secrets.sh");
    Files.createDirectories(script.getParent());
    Files.copy(Path.of("deploy/compose/secrets.sh"), script);
    Process made =
        new ProcessBuilder("bash", script.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("secrets.log").toFile())
            .start();
    assertThat(made.waitFor(30, TimeUnit.SECONDS) ? made.exitValue() : -1).isZero();
    Files.writeString(
        folder.resolve("prometheus/alertmanager_token"),
        Files.readString(folder.resolve("deploy/secrets/pharos_alert_token")));
  }

  /// The backup of the backend's database, again and again.
  private void backUp(ExporterStand stand) throws IOException, InterruptedException {
    var database = stand.database();
    String address =
        database.jdbcUrl().replaceFirst("^jdbc:postgresql://", "").replaceFirst("\\?.*", "");
    Path password = Files.writeString(folder.resolve("backup_db_password"), database.password());
    Map<String, String> environment =
        Map.of(
            "BACKUP_DATABASE",
            "postgresql://%s@%s".formatted(database.user(), address),
            "BACKUP_PASSWORD_FILE",
            password.toString(),
            "BACKUP_DIR",
            Files.createDirectories(folder.resolve("backups")).toString(),
            "BACKUP_METRICS_DIR",
            stand.textfiles().toString(),
            "BACKUP_EVERY",
            "600");
    start("backup-once", environment, List.of("sh", "deploy/compose/backup.sh", "once"));
    int code = processes.removeLast().waitFor();
    if (Files.readString(folder.resolve("backup-once.log")).contains("version mismatch")) {
      System.out.println(
          "healthy stack: without the backup, this pg_dump is older than PostgreSQL");
      Files.delete(stand.textfiles().resolve("backup.prom"));
      return;
    }
    assertThat(code).as("the backup").isZero();
    start("backup", environment, List.of("sh", "deploy/compose/backup.sh"));
  }

  /// Takes whatever is pushed, has many lines of everything, and none that a rule looks for.
  private static HttpServer loki() throws IOException {
    HttpServer loki = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    loki.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    loki.createContext(
        "/loki/api/v1/",
        exchange -> {
          try (exchange) {
            byte[] sent = exchange.getRequestBody().readAllBytes();
            if (exchange.getRequestURI().getPath().endsWith("/push")) {
              exchange.sendResponseHeaders(204, -1);
              return;
            }
            String text =
                URLDecoder.decode(new String(sent, StandardCharsets.UTF_8), StandardCharsets.UTF_8);
            String all =
                text.contains("query=sum(count_over_time({job=~\".+\"}[1m]))")
                    ? "{\"metric\":{},\"value\":[1,\"1000\"]}"
                    : "";
            byte[] body =
                "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[%s]}}"
                    .formatted(all)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    loki.start();
    return loki;
  }

  /// Takes every mail, and remembers the lines that say what it is about.
  private void take(ServerSocket mail) {
    while (!mail.isClosed()) {
      try {
        Socket socket = mail.accept();
        Thread.ofVirtual().start(() -> talk(socket));
      } catch (IOException _) {
        return; // closed
      }
    }
  }

  private void talk(Socket socket) {
    try (socket;
        var in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      say(socket, "220 here");
      boolean data = false;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        var subject = SUBJECT.matcher(line);
        if (data && subject.matches()) {
          mails.add(Instant.now() + " " + subject.group(1));
        }
        String word = line.toUpperCase(Locale.ROOT);
        if (data && line.equals(".")) {
          data = false;
          say(socket, "250 taken");
        } else if (!data && word.equals("DATA")) {
          data = true;
          say(socket, "354 go on");
        } else if (!data && word.equals("QUIT")) {
          say(socket, "221 bye");
          return;
        } else if (!data) {
          say(socket, "250 well");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void say(Socket socket, String line) throws IOException {
    socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
  }
}
