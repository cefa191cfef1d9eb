package io.pharos.server.app;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.alerting.silence.Silence;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.Strategy;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.model.LabelMatcher;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.JobSlots;
import io.pharos.schedule.LoopRegistry;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.zip.Deflater;

/// The whole service in a separate process, without its HTTP server, for tests that damage the
/// process. It reads commands line by line and answers each with a line.
final class ServiceProcess implements AutoCloseable {
  private final Path log;
  private final Process process;
  private final BufferedReader answers;
  private final PrintStream commands;

  /// @param limit a shell command before the start, such as `ulimit -n 256`
  ServiceProcess(Path log, String limit, List<String> words) throws IOException {
    this.log = log;
    var command = new ArrayList<String>();
    command.addAll(
        List.of(
            "/bin/sh",
            "-c",
            limit + "; exec \"$@\"",
            "sh",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:-UsePerfData",
            "-cp",
            classPath(log.resolveSibling("classes")),
            Child.class.getName()));
    command.addAll(words);
    process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    answers = process.inputReader(StandardCharsets.UTF_8);
    commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    String _ = next(); // it has started
  }

  /* In archives, as shipped, which are open from the start: loading a class from a folder needs a
   * descriptor. */
  private static String classPath(Path folder) throws IOException {
    Files.createDirectories(folder);
    var entries = new ArrayList<String>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry);
      if (!Files.isDirectory(path)) {
        entries.add(entry);
        continue;
      }
      Path archive = folder.resolve(entries.size() + ".jar");
      entries.add(archive.toString());
      if (Files.exists(archive)) {
        continue;
      }
      try (var zip = new JarOutputStream(Files.newOutputStream(archive));
          var files = Files.walk(path)) {
        zip.setLevel(Deflater.NO_COMPRESSION);
        for (Path file : files.filter(it -> !it.equals(path)).toList()) {
          // Flyway finds its scripts by the directory entries.
          boolean isFolder = Files.isDirectory(file);
          String name = path.relativize(file).toString().replace(File.separatorChar, '/');
          zip.putNextEntry(new JarEntry(isFolder ? name + "/" : name));
          if (!isFolder) {
            Files.copy(file, zip);
          }
          zip.closeEntry();
        }
      }
    }
    return String.join(File.pathSeparator, entries);
  }

  /// Sends a line and returns the answer to it.
  String ask(String line) throws IOException {
    commands.println(line);
    return next();
  }

  private String next() throws IOException {
    while (true) {
      String answer = answers.readLine();
      if (answer == null) {
        List<String> lines = Files.readAllLines(log);
        throw new IOException(
            "the process has ended:\n"
                + String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size())));
      }
      if (answer.startsWith("> ")) {
        return answer.substring(2);
      }
    }
  }

  /// As kill -9 does.
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  @Override
  public void close() {
    commands.println("end");
    try {
      if (!process.waitFor(15, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /// The main class of the process.
  static final class Child {
    private Child() {}

    public static void main(String[] words) throws Exception {
      PrintStream out = System.out;
      System.setOut(System.err);
      InstantSource clock = InstantSource.system();
      var registry = new SimpleMeterRegistry();
      var loops = new LoopRegistry(clock, System::nanoTime, registry);
      ServeOptions options = ServeOptions.parse(List.of(words), Map.of(), false);
      var held = new ArrayList<ServerSocket>();
      try (var service =
          new Service(
              options,
              VersionedFiles.read(options),
              clock,
              scheduler(clock, registry, loops),
              registry,
              loops,
              (_, _) -> (_, _) -> new NotifyResult.Rejected("no mail here"))) {
        service.start();
        for (String word : List.of("health", "error", "troubles", "ready")) {
          String _ = answer(service, registry, held, word); // what needs a descriptor to be loaded
        }
        out.println("> started");
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          if (line.equals("end")) {
            break;
          }
          String answer;
          try {
            answer = answer(service, registry, held, line);
          } catch (RuntimeException | Error e) {
            answer = "error: " + String.valueOf(e.getMessage()).lines().findFirst().orElse("");
          }
          out.println("> " + answer);
        }
      }
      System.exit(0);
    }

    private static JobScheduler scheduler(
        InstantSource clock, SimpleMeterRegistry registry, LoopRegistry loops) {
      return (String name, Duration every, Duration offset, Consumer<Instant> task) -> {
        var slots =
            new JobSlots(
                name,
                every,
                offset,
                task,
                clock,
                time -> sleep(time.toMillis()),
                registry,
                loops.begin(name, "", every));
        Thread thread =
            Thread.ofVirtual()
                .start(
                    () -> {
                      while (!Thread.currentThread().isInterrupted()) {
                        slots.runDue();
                        sleep(JobSlots.CHECK_INTERVAL.toMillis() / 2);
                      }
                    });
        return () -> {
          slots.close();
          thread.interrupt();
        };
      };
    }

    private static void sleep(long millis) {
      try {
        Thread.sleep(millis);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }

    private static String answer(
        Service service, SimpleMeterRegistry registry, List<ServerSocket> held, String line) {
      String[] words = line.split(" ", 2);
      return switch (words[0]) {
        case "ready" -> String.join("; ", service.storageTroubles());
        case "troubles" ->
            service.selfWatch.now().stream()
                .map(it -> it.kind() + " " + it.text())
                .collect(Collectors.joining("; "));
        case "health" ->
            service.intake.scrapes.targets().active().stream()
                .map(TargetsSnapshot.ActiveTarget::health)
                .map(it -> it.word())
                .collect(Collectors.joining(" "));
        case "error" -> service.intake.scrapes.targets().active().getFirst().lastError();
        case "query" ->
            service
                .engines
                .evaluator
                .instant(words[1], System.currentTimeMillis())
                .value()
                .toString();
        case "deploy" ->
            service
                .releases
                .deployments
                .put(
                    Announcements.change(
                        words[1], "s", "e", "v1", "", Strategy.ROLLING, "", "", Map.of(), null))
                .getClass()
                .getSimpleName();
        case "deployed" ->
            Boolean.toString(service.releases.deployments.find(words[1]).isPresent());
        case "silence" ->
            service
                .notifier
                .service
                .silences()
                .set(
                    new Silence(
                        "",
                        List.of(LabelMatcher.equal("a", words[1])),
                        Instant.now(),
                        Instant.now().plusSeconds(3600),
                        Instant.now(),
                        "test",
                        "test",
                        Map.of()))
                .getClass()
                .getSimpleName();
        case "damages" -> Integer.toString(service.storage.damages.found().size());
        case "hog" -> hog(held);
        case "release" -> release(held);
        case "memory" -> {
          System.gc();
          yield Long.toString(
              (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20);
        }
        case "counter" ->
            Double.toString(
                registry.find(words[1]).counters().stream().mapToDouble(it -> it.count()).sum());
        default -> "what?";
      };
    }

    /* Uses up all descriptors. */
    private static String hog(List<ServerSocket> held) {
      try {
        while (true) {
          held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        }
      } catch (IOException e) {
        return held.size() + " " + e.getMessage();
      }
    }

    private static String release(List<ServerSocket> held) {
      for (ServerSocket socket : held) {
        try {
          socket.close();
        } catch (IOException _) {
          // It is closed in any case.
        }
      }
      held.clear();
      return "released";
    }
  }
}
