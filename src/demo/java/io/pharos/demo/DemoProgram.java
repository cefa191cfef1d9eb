package io.pharos.demo;

import io.pharos.cli.LauncherCommands;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.TapFlags;
import io.pharos.tap.RoutePattern;
import io.pharos.tap.RouteTable;
import io.pharos.tap.proxy.Tap;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// `pharos demo-backend`: runs a backend with its own traffic, and a tap in front of it. It is not
/// part of the shipped program; the launcher starts it from a checkout.
public final class DemoProgram {
  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  /// Creates the program on an environment and its two output streams.
  public DemoProgram(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = Map.copyOf(environment);
    this.out = out;
    this.err = err;
  }

  /// Runs until the process is stopped.
  public static void main(String[] words) {
    System.exit(new DemoProgram(System.getenv(), System.out, System.err).run(Arrays.asList(words)));
  }

  /// Runs until it is stopped, and returns the exit code.
  public int run(List<String> words) {
    try {
      Flags flags = flags(words, environment);
      flags.refuseArguments();
      return flags.isOn("health") ? health(flags.get("listen")) : serve(flags);
    } catch (UsageException e) {
      err.println("pharos demo-backend: " + e.getMessage());
      return CommandManual.USAGE;
    } catch (IOException e) {
      boolean isBesideOther =
          e.getCause() instanceof BindException
              && words.stream().anyMatch(word -> word.startsWith("--end-with"));
      err.println(
          "pharos demo-backend: "
              + e.getMessage()
              + (isBesideOther ? "; the demo watches the program at this address" : ""));
      return 1;
    }
  }

  static Flags flags(List<String> words, Map<String, String> environment) {
    return Flags.parse(LauncherCommands.DEMO_BACKEND.flags(), words, environment);
  }

  private int serve(Flags flags) throws IOException {
    DemoOptions options = options(flags);
    try (DemoBackend backend = DemoBackend.start(options, out);
        Tap tap = tap(flags, backend)) {
      err.println("demo backend: listening on " + backend.url());
      if (tap != null) {
        backend.visitThrough(URI.create("http://127.0.0.1:" + tap.port()));
        err.println(
            "demo backend: a tap in front of it on port %d, its metrics on port %d"
                .formatted(tap.port(), tap.metricsPort()));
      }
      awaitStop(flags, backend);
      return 0;
    }
  }

  private static @Nullable Tap tap(Flags flags, DemoBackend backend) throws IOException {
    if (flags.get("tap-listen").isEmpty()) {
      return null;
    }
    List<String> words =
        List.of(
            "--listen=" + flags.get("tap-listen"),
            "--metrics-listen=" + flags.get("tap-metrics-listen"),
            "--upstream=" + backend.url(),
            "--threads=1");
    var options = TapFlags.ALONE.options(Flags.parse(TapFlags.ALONE.list(), words, Map.of()));
    var routes = new RouteTable(DemoBackend.routes().stream().map(RoutePattern::parse).toList());
    return Tap.start(options, () -> routes, _ -> true, InstantSource.system());
  }

  /// Checks a running backend, for container health checks without curl.
  private int health(String listen) throws IOException {
    String url =
        "http://" + listen.replaceFirst("^(0\\.0\\.0\\.0)?:", "127.0.0.1:") + "/api/v1/health";
    try (var client = HttpClient.newHttpClient()) {
      var request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(5)).build();
      var answer = client.send(request, BodyHandlers.ofString());
      out.println(url + " answered " + answer.statusCode() + ": " + answer.body());
      return answer.statusCode() == 200 ? 0 : 1;
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(url + " can't be reached: " + e, e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private static void awaitStop(Flags flags, DemoBackend backend) {
    var hook = new Thread(backend::close, "demo-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      if (flags.get("end-with").isEmpty()) {
        new CountDownLatch(1).await();
      } else {
        ProcessHandle.of(flags.count("end-with")).ifPresent(process -> process.onExit().join());
      }
    } catch (InterruptedException _) { // a test stops the command by interrupting its thread
    }
    Runtime.getRuntime().removeShutdownHook(hook);
  }

  static DemoOptions options(Flags flags) throws IOException {
    Flags.Address address = flags.address("listen");
    String tls = flags.get("tls-port");
    int tlsPort = tls.isEmpty() ? -1 : tlsPort(flags);
    int seed = flags.integer("seed");
    double rate = rate(flags);
    String token = token(Path.of(flags.get("token-file")));
    if (flags.get("build-version").isBlank()) {
      throw flags.refused("build-version", "a version");
    }
    DemoOptions local = DemoOptions.local(token);
    return local
        .withListenAddress(address.bareHost(), address.port())
        .withTlsPort(tlsPort)
        .withVersion(flags.get("build-version"))
        .withTraffic(seed, rate, local.selfRequestInterval())
        .withLogFile(flags.get("log").equals("-") ? null : Path.of(flags.get("log")));
  }

  private static int tlsPort(Flags flags) {
    int port = flags.integer("tls-port");
    if (port < 0 || port > 65535) {
      throw flags.refused("tls-port", "a port from 0 to 65535");
    }
    return port;
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

  /// Reads the token. A missing file is created with a random token, readable by its owner only.
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
      } catch (FileAlreadyExistsException _) { // another process has just created it
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
