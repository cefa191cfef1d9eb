package io.pharos.e2e;

import io.pharos.state.StoreConfig;
import io.pharos.state.TestingPostgres;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Debian's exporters, each beside the real program that it is about: the host, PostgreSQL, Redis,
/// nginx and HAProxy, and the blackbox exporter, which asks nginx. What is not installed is left
/// out and named.
final class ExporterStand implements AutoCloseable {
  private static final Path PROGRAMS = Path.of("/usr/bin");

  /// What is to be scraped.
  ///
  /// @param job the name of its job; those of prometheus.yml where that has one
  /// @param options further lines of a scrape configuration
  record Target(String job, String address, String options) {}

  private final Path folder;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final List<Process> processes = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();
  private final TestingPostgres postgres;
  private int redisPort;
  private int webPort;
  private int balancerPort;

  /// Starts what there is, and waits for none of it: whoever scrapes sees when it is there.
  ///
  /// @param folder for configurations and logs
  ExporterStand(Path folder) throws IOException {
    this.folder = folder;
    if (has("prometheus-node-exporter")) {
      int port = PharosProcess.freePort();
      Files.createDirectories(textfiles());
      start(
          "node",
          Map.of(),
          "prometheus-node-exporter",
          "--collector.textfile.directory=" + textfiles(),
          "--web.listen-address=127.0.0.1:" + port);
      target("node-exporter", port);
    }
    if (has("redis-server", "prometheus-redis-exporter")) {
      startRedis();
    }
    postgres = TestingPostgres.start();
    if (has("prometheus-postgres-exporter")) {
      exportPostgres();
    }
    if (has("../sbin/nginx", "prometheus-nginx-exporter")) {
      startNginx();
      if (has("../sbin/haproxy", "prometheus-haproxy-exporter")) {
        startHaproxy();
      }
      if (has("prometheus-blackbox-exporter")) {
        startBlackbox();
      }
    }
  }

  private boolean has(String... programs) {
    boolean all = true;
    for (String program : programs) {
      if (!Files.isExecutable(PROGRAMS.resolve(program))) {
        missing.add(program);
        all = false;
      }
    }
    return all;
  }

  private void target(String job, int port) {
    targets.add(new Target(job, "127.0.0.1:" + port, ""));
  }

  private void startRedis() throws IOException {
    redisPort = PharosProcess.freePort();
    start(
        "redis",
        Map.of(),
        "redis-server",
        "--bind",
        "127.0.0.1",
        "--port",
        String.valueOf(redisPort),
        "--save",
        "",
        "--maxmemory",
        "64mb");
    int port = PharosProcess.freePort();
    start(
        "redis-exporter",
        Map.of(),
        "prometheus-redis-exporter",
        "--redis.addr=redis://127.0.0.1:" + redisPort,
        "--web.listen-address=127.0.0.1:" + port);
    target("redis-exporter", port);
  }

  private void exportPostgres() throws IOException {
    var config = postgres.config();
    int port = PharosProcess.freePort();
    start(
        "postgres-exporter",
        Map.of(
            "DATA_SOURCE_URI",
            config.jdbcUrl().replaceFirst("^jdbc:postgresql://", "").replaceFirst("\\?.*", "")
                + "?sslmode=disable",
            "DATA_SOURCE_USER",
            config.user(),
            "DATA_SOURCE_PASS",
            config.password()),
        "prometheus-postgres-exporter",
        "--collector.postmaster",
        "--web.listen-address=127.0.0.1:" + port);
    target("postgres-exporter", port);
  }

  private void startNginx() throws IOException {
    webPort = PharosProcess.freePort();
    Path file = folder.resolve("nginx.conf").toAbsolutePath();
    Files.writeString(
        file,
        """
        daemon off;
        master_process off;
        error_log %1$s.err;
        pid %1$s.pid;
        events {}
        http {
          access_log off;
          client_body_temp_path %1$s.body;
          proxy_temp_path %1$s.proxy;
          fastcgi_temp_path %1$s.fastcgi;
          uwsgi_temp_path %1$s.uwsgi;
          scgi_temp_path %1$s.scgi;
          server {
            listen 127.0.0.1:%2$d;
            location /nginx_status { stub_status; }
            location / { return 200 "ok"; }
          }
        }
        """
            .formatted(file, webPort));
    start("nginx", Map.of(), "../sbin/nginx", "-c", file.toString());
    int port = PharosProcess.freePort();
    start(
        "nginx-exporter",
        Map.of(),
        "prometheus-nginx-exporter",
        "--nginx.scrape-uri=http://127.0.0.1:" + webPort + "/nginx_status",
        "--web.listen-address=127.0.0.1:" + port);
    target("nginx-exporter", port);
  }

  /// Its own page of metrics, and the exporter that was used before there was one.
  private void startHaproxy() throws IOException {
    balancerPort = PharosProcess.freePort();
    int own = PharosProcess.freePort();
    Path file = folder.resolve("haproxy.cfg");
    Files.writeString(
        file,
        """
        defaults
          mode http
          timeout connect 1s
          timeout client 5s
          timeout server 5s
        frontend web
          bind 127.0.0.1:%d
          default_backend app
        backend app
          server one 127.0.0.1:%d check inter 500ms
        frontend own
          bind 127.0.0.1:%d
          stats enable
          stats uri /stats
          http-request use-service prometheus-exporter if { path /metrics }
        """
            .formatted(balancerPort, webPort, own));
    start("haproxy", Map.of(), "../sbin/haproxy", "-db", "-f", file.toString());
    target("haproxy", own);
    int port = PharosProcess.freePort();
    start(
        "haproxy-exporter",
        Map.of(),
        "prometheus-haproxy-exporter",
        "--haproxy.scrape-uri=http://127.0.0.1:" + own + "/stats;csv",
        "--web.listen-address=127.0.0.1:" + port);
    target("haproxy-exporter", port);
  }

  private void startBlackbox() throws IOException {
    int port = PharosProcess.freePort();
    Path file = folder.resolve("blackbox.yml");
    Files.writeString(file, "modules: {web: {prober: http, timeout: 2s}}\n");
    start(
        "blackbox",
        Map.of(),
        "prometheus-blackbox-exporter",
        "--config.file=" + file,
        "--web.listen-address=127.0.0.1:" + port);
    targets.add(
        new Target(
            "blackbox",
            "127.0.0.1:" + port,
            "metrics_path: /probe, params: {module: [web], target: ['http://127.0.0.1:%d/']}"
                .formatted(webPort)));
  }

  private void start(String name, Map<String, String> environment, String program, String... words)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(PROGRAMS.resolve(program).normalize().toString());
    command.addAll(List.of(words));
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile());
    builder.environment().putAll(environment);
    processes.add(builder.start());
  }

  List<Target> targets() {
    return targets;
  }

  /// What node_exporter reads besides the machine.
  Path textfiles() {
    return folder.resolve("textfiles");
  }

  /// The programs that are not installed.
  List<String> missing() {
    return missing;
  }

  /// Gives each program something to do, and waits for none that is not there yet.
  void work() throws InterruptedException {
    try {
      if (webPort > 0) {
        ask(balancerPort > 0 ? balancerPort : webPort);
      }
      if (redisPort > 0) {
        redis("SET fleeting 1 PX 20", "SET lasting 1", "GET lasting", "GET nothing", "INCR count");
      }
      readDisk();
    } catch (IOException _) { // it does not listen yet
    }
    execute(
        "create table if not exists work (id int primary key, text varchar)",
        "insert into work values (1, 'a') on conflict do nothing",
        "update work set text = text || 'b'",
        "select * from work",
        "delete from work");
  }

  /* Past the page cache, which may spare the disk all other reads for minutes. */
  private static void readDisk() throws IOException, InterruptedException {
    Path file = Path.of(System.getProperty("java.home"), "lib", "modules");
    new ProcessBuilder("dd", "if=" + file, "of=/dev/null", "iflag=direct", "bs=4k", "count=8")
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  /// Has PostgreSQL execute statements.
  void execute(String... statements) {
    try (Connection connection = postgres.connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// How PostgreSQL is reached.
  StoreConfig.Postgresql database() {
    return postgres.config();
  }

  private void ask(int port) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
            .timeout(Duration.ofSeconds(2))
            .build();
    client.send(request, BodyHandlers.discarding());
  }

  private void redis(String... commands) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", redisPort), 1000);
      socket.setSoTimeout(1000);
      OutputStream out = socket.getOutputStream();
      out.write((String.join("\r\n", commands) + "\r\nQUIT\r\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
      socket.getInputStream().readAllBytes();
    }
  }

  @Override
  public void close() throws IOException {
    processes.forEach(Process::destroy);
    try {
      for (Process process : processes) {
        if (!process.waitFor(3, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      postgres.close();
    }
  }
}
