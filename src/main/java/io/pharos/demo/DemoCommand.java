package io.pharos.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/// The command line of the demo backend.
final class DemoCommand {
  static final String USAGE =
      """
      pharos demo-backend: a stand-in for RemoteGPU that makes its own traffic
        --listen=HOST:PORT   where to listen (127.0.0.1:8080)
        --seed=N             which traffic to make (1)
        --rate=N             API requests per second, 0 to 1000 (20)
        --token-file=FILE    the bearer token of /metrics; made if absent (prometheus/demo_token)
        --log=FILE           where the log lines go, - for standard output (-)
        --health             asks the one that listens there: exit code 0 if it is well
      """;

  private static final String DEFAULT_LISTEN = "127.0.0.1:" + DemoOptions.DEFAULT_PORT;

  private static final Set<String> FLAGS = Set.of("listen", "seed", "rate", "token-file", "log");

  private final PrintStream out;
  private final PrintStream err;

  DemoCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  int run(List<String> args) {
    if (args.contains("--help") || args.contains("-h")) {
      out.print(USAGE);
      return 0;
    }
    if (args.contains("--health")) {
      return health(args.stream().filter(arg -> !arg.equals("--health")).toList());
    }
    DemoOptions options;
    try {
      options = options(args);
    } catch (IllegalArgumentException e) {
      err.println("demo-backend: " + e.getMessage());
      err.print(USAGE);
      return 2;
    } catch (IOException e) {
      err.println("demo-backend: " + e.getMessage());
      return 1;
    }
    try (DemoBackend backend = DemoBackend.start(options, out)) {
      err.println("demo backend: listening on " + backend.url());
      awaitStop(backend);
      return 0;
    } catch (IOException e) {
      err.println("demo-backend: " + e.getMessage());
      return 1;
    }
  }

  /// For container health checks, which have no curl.
  private int health(List<String> args) {
    String listen;
    try {
      listen = flags(args).getOrDefault("listen", DEFAULT_LISTEN);
    } catch (IllegalArgumentException e) {
      err.println("demo-backend: " + e.getMessage());
      return 2;
    }
    String url =
        "http://" + listen.replaceFirst("^(0\\.0\\.0\\.0)?:", "127.0.0.1:") + "/api/v1/health";
    try (var client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(5)).build();
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      out.println(url + " answered " + answer.statusCode() + ": " + answer.body());
      return answer.statusCode() == 200 ? 0 : 1;
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

  static DemoOptions options(List<String> args) throws IOException {
    Map<String, String> flags = flags(args);
    String listen = flags.getOrDefault("listen", DEFAULT_LISTEN);
    int colon = listen.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("--listen: \"" + listen + "\": expected HOST:PORT");
    }
    String host = listen.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
    long port = whole("listen", listen.substring(colon + 1), "a port from 0 to 65535");
    long seed = whole("seed", flags.getOrDefault("seed", "1"), "a whole number");
    double rate = rate(flags);
    String token = token(Path.of(flags.getOrDefault("token-file", "prometheus/demo_token")));
    String log = flags.getOrDefault("log", "-");
    DemoOptions local = DemoOptions.local(token);
    return local
        .withListenAddress(host.isEmpty() ? "0.0.0.0" : host, Math.toIntExact(port))
        .withTraffic(seed, rate, local.selfRequestInterval())
        .withLogFile(log.equals("-") ? null : Path.of(log));
  }

  private static Map<String, String> flags(List<String> args) {
    var flags = new LinkedHashMap<String, String>();
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      int equals = arg.indexOf('=');
      String name = arg.substring(0, equals < 0 ? arg.length() : equals).replaceFirst("^--", "");
      if (!arg.startsWith("--") || !FLAGS.contains(name)) {
        throw new IllegalArgumentException(
            "\"" + arg + "\": expected one of --listen, --seed, --rate, --token-file, --log");
      }
      if (equals < 0 && i + 1 == args.size()) {
        throw new IllegalArgumentException("--" + name + ": expected a value");
      }
      flags.put(name, equals < 0 ? args.get(++i) : arg.substring(equals + 1));
    }
    return flags;
  }

  private static long whole(String flag, String text, String expected) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "--%s: \"%s\": expected %s".formatted(flag, text, expected), e);
    }
  }

  private static double rate(Map<String, String> flags) {
    String text =
        flags.getOrDefault("rate", Double.toString(DemoOptions.DEFAULT_REQUESTS_PER_SECOND));
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "--rate: \"%s\": expected a number from 0 to 1000".formatted(text), e);
    }
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
