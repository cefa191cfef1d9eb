package io.pharos.cli;

import io.pharos.cli.Flags.Flag;
import io.pharos.config.http.HttpOptions;
import io.pharos.demo.DemoBackend;
import io.pharos.demo.DemoOptions;
import io.pharos.tap.RoutePattern;
import io.pharos.tap.RouteTable;
import io.pharos.tap.proxy.Tap;
import io.pharos.tap.proxy.TapOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// `pharos demo-backend`: a backend that makes its own traffic, for want of a real one.
record DemoBackendCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
  static final CommandManual MANUAL =
      new CommandManual(
          "demo-backend",
          "runs the demo backend alone, a stand-in for RemoteGPU that makes its own traffic",
          "",
          """
          It runs until it is stopped. "pharos demo" starts one beside the service by itself.

          POST /fault {"kind":"errors","ratio":0.5,"duration":"5m"} breaks it,
          {"kind":"none"} mends it. The kinds:
          errors, latency, envelope-errors, down, hang, gpu-xid, gpu-fallen-off, gpu-exporter-down,
          exporter-down, redis-down, disk-filling, certificate-ending (with --tls-port), fleet-offline,
          heartbeats-stopped, auth-off, panics, db-pool.
          """,
          List.of(
              new Flag("listen", "127.0.0.1:" + DemoOptions.DEFAULT_PORT, "where to listen"),
              new Flag(
                  "tls-port",
                  "",
                  "where to listen for TLS on the same host, with a certificate of its own; empty: nowhere"),
              new Flag(
                  "tap-listen",
                  "127.0.0.1:8079",
                  "where a tap in front of it listens, by which its traffic comes; empty: no tap"),
              new Flag(
                  "tap-metrics-listen",
                  "127.0.0.1:9097",
                  "where the metrics of that tap are, /tap/metrics"),
              new Flag("seed", "1", "which traffic to make, a whole number"),
              new Flag(
                  "rate",
                  Long.toString(Math.round(DemoOptions.DEFAULT_REQUESTS_PER_SECOND)),
                  "API requests per second, 0 to 1000"),
              new Flag(
                  "token-file",
                  "prometheus/demo_token",
                  "the bearer token that its /metrics asks for; made where absent"),
              new Flag(
                  "build-version", "dev", "the version that its metric remotegpu_build_info tells"),
              new Flag("log", "-", "where the log lines go, - for standard output"),
              new Flag("health", "false", "asks the one that listens there instead: is it well?")),
          List.of(
              new CommandManual.Exit(0, "stopped; with --health: it is well"),
              new CommandManual.Exit(
                  1, "can't listen, or a file can't be used; --health: it is not well")),
          List.of("pharos demo-backend --listen=127.0.0.1:8090 --rate=5"));

  int run(List<String> words) {
    Flags flags = Flags.parse(MANUAL.flags(), words, environment);
    flags.refuseArguments();
    if (flags.isOn("health")) {
      return health(flags.get("listen"));
    }
    DemoOptions options;
    try {
      options = options(flags);
    } catch (IOException e) {
      err.println("demo-backend: " + e.getMessage());
      return 1;
    }
    try (DemoBackend backend = DemoBackend.start(options, out);
        Tap tap = tap(flags, backend)) {
      err.println("demo backend: listening on " + backend.url());
      if (tap != null) {
        backend.visitThrough(URI.create("http://127.0.0.1:" + tap.port()));
        err.println(
            "demo backend: a tap in front of it on port %d, its metrics on port %d"
                .formatted(tap.port(), tap.metricsPort()));
      }
      awaitStop(backend);
      return 0;
    } catch (IOException e) {
      err.println("demo-backend: " + e.getMessage());
      return 1;
    }
  }

  private static @Nullable Tap tap(Flags flags, DemoBackend backend) throws IOException {
    if (flags.get("tap-listen").isEmpty()) {
      return null;
    }
    TapOptions options =
        TapFlags.ALONE.options(
            Flags.parse(
                TapCommand.MANUAL.flags(),
                List.of(
                    "--listen=" + flags.get("tap-listen"),
                    "--metrics-listen=" + flags.get("tap-metrics-listen"),
                    "--upstream=" + backend.url(),
                    "--threads=1"),
                Map.of()));
    var routes = new RouteTable(DemoBackend.routes().stream().map(RoutePattern::parse).toList());
    return Tap.start(options, () -> routes, _ -> true, InstantSource.system());
  }

  /// For container health checks, which have no curl.
  private int health(String listen) {
    String base = "http://" + listen.replaceFirst("^(0\\.0\\.0\\.0)?:", "127.0.0.1:");
    String url = base + "/api/v1/health";
    try (var client = new ApiClient(base, HttpOptions.DEFAULT)) {
      var answer = client.get("/api/v1/health", Duration.ofSeconds(5));
      out.println(url + " answered " + answer.status() + ": " + answer.body());
      return answer.status() == 200 ? 0 : 1;
    } catch (IOException | IllegalArgumentException e) {
      err.println("demo-backend: " + url + " can't be reached: " + e);
      return 1;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private static void awaitStop(DemoBackend backend) {
    var hook = new Thread(backend::close, "demo-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException _) {
      // Whoever runs the command in a thread stops it so.
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }

  static DemoOptions options(Flags flags) throws IOException {
    String listen = flags.get("listen");
    int colon = listen.lastIndexOf(':');
    if (colon < 0) {
      throw flags.refused("listen", "HOST:PORT");
    }
    String host = listen.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
    int port = port(flags, "listen", listen.substring(colon + 1), "HOST:PORT with a port");
    String tls = flags.get("tls-port");
    int tlsPort = tls.isEmpty() ? -1 : port(flags, "tls-port", tls, "a port");
    int seed = flags.integer("seed");
    double rate = rate(flags);
    String token = token(Path.of(flags.get("token-file")));
    if (flags.get("build-version").isBlank()) {
      throw flags.refused("build-version", "a version");
    }
    DemoOptions local = DemoOptions.local(token);
    return local
        .withListenAddress(host.isEmpty() ? "0.0.0.0" : host, port)
        .withTlsPort(tlsPort)
        .withVersion(flags.get("build-version"))
        .withTraffic(seed, rate, local.selfRequestInterval())
        .withLogFile(flags.get("log").equals("-") ? null : Path.of(flags.get("log")));
  }

  private static int port(Flags flags, String flag, String text, String expected) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port < 65536) {
        return port;
      }
    } catch (NumberFormatException _) { // refused below like a number out of range
    }
    throw flags.refused(flag, expected + " from 0 to 65535");
  }

  private static double rate(Flags flags) {
    try {
      double rate = Double.parseDouble(flags.get("rate"));
      if (rate >= 0 && rate <= 1000) {
        return rate;
      }
    } catch (NumberFormatException _) { // refused below like a number out of range
    }
    throw flags.refused("rate", "a number from 0 to 1000");
  }

  /// Reads the token, or makes one that only the owner may read.
  static String token(Path file) throws IOException {
    if (!Files.exists(file)) {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      byte[] secret = new byte[24];
      new SecureRandom().nextBytes(secret);
      try {
        boolean posix =
            Files.getFileStore(file.toAbsolutePath().getParent())
                .supportsFileAttributeView("posix");
        if (posix) {
          Files.createFile(
              file,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } else {
          Files.createFile(file);
        }
        Files.writeString(file, HexFormat.of().formatHex(secret) + "\n");
      } catch (FileAlreadyExistsException _) {
        // Another process made it just now: its token holds.
      }
    }
    String token = Files.readString(file, StandardCharsets.UTF_8).strip();
    if (token.length() < 8) {
      throw new IOException(
          "token file %s: %d characters, expected at least 8".formatted(file, token.length()));
    }
    return token;
  }
}
