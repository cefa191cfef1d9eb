package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Every command of every runbook, as its page shows it to a reader who comes from an alert, run by
/// a shell against a running demo.
///
/// `curl` and `./pharos` are the real ones: they must succeed and print something. Tools that reach
/// other machines are stood in for by scripts that record how they were called. A tool that is in
/// neither list is not found, which fails the test.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("nightly")
class RunbookCommandsIT {
  /// Run for real, from this machine.
  private static final String NO_SERIES = "finds no series";

  private static final List<String> REAL =
      List.of(
          "bash",
          "sh",
          "env",
          "java",
          "curl",
          "grep",
          "sort",
          "uniq",
          "head",
          "tail",
          "wc",
          "ls",
          "df",
          "free",
          "top",
          "cat",
          "echo",
          "git",
          "dirname",
          "readlink",
          "find",
          "uname",
          "id",
          "mkdir",
          "sed",
          "tr",
          "cut",
          "awk",
          "mktemp",
          "rm",
          "cksum",
          "sha256sum",
          "stat",
          "date");

  /// What needs a machine, a service or rights that a test has not.
  private static final List<String> STOOD_IN_FOR =
      List.of("ssh", "docker", "openssl", "systemctl", "certbot");

  /// Real where they are installed, else stood in for.
  private static final List<String> WHERE_INSTALLED = List.of("promtool", "amtool");

  /// Queries that find something only while it is broken, while a release is under way, or after
  /// hours.
  private static final Set<String> EMPTY_WHEN_HEALTHY =
      Set.of(
          "up == 0",
          "probe_success == 0",
          "probe_flapping == 1",
          "probe:locations_down:count",
          "time() - timestamp(probe_interval_seconds{location!=\"\"})",
          "increase(pharos_access_total{scope=\"sample:write\"}[15m])",
          "max_over_time(DCGM_FI_DEV_GPU_UTIL[2h]) < 5",
          "pharos_agent_heartbeat_age_seconds > 180",
          "pharos_agent_expected == 1 unless on (host) pharos_agent_heartbeat_age_seconds",
          "pharos_callbacks_oldest_pending_seconds",
          "pharos_oncall_gap",
          "time() - pharos_outbound_heartbeat_success_timestamp_seconds > 600",
          "sum by (target, outcome) (increase(pharos_callbacks_total[1h]))",
          "pharos_rollout_lease_age_seconds",
          "DCGM_FI_DEV_ROW_REMAP_FAILURE == 1 or DCGM_FI_DEV_ECC_DBE_VOL_TOTAL > 0",
          "last_over_time(DCGM_FI_DEV_GPU_TEMP[1d]) unless DCGM_FI_DEV_GPU_TEMP",
          "(probe_ssl_earliest_cert_expiry - time()) / 86400",
          "sort(probe_ssl_earliest_cert_expiry - time())");

  /// What exporters and policies say that the demo has not: there is nothing to find.
  private static final Pattern NOT_IN_THE_DEMO =
      Pattern.compile(
          "query '[^']*\\b(pg|redis|nginx|haproxy|loki|monitor|cron|scrape_samples|pharos_fleet|pharos_login|pharos_oncall_level|pharos_tap|prometheus_notifications|prometheus_tsdb)_");

  private static final Pattern BLOCK =
      Pattern.compile("<pre class=\"commands\">(.*?)</pre>", Pattern.DOTALL);
  private static final Pattern COMMAND = Pattern.compile("<code>(.*?)</code>");
  private static final Pattern PLACEHOLDER =
      Pattern.compile(
          "(?<![A-Za-z0-9_$])(PHAROS|INSTANCE|HOST|GPU_INDEX|MOUNTPOINT)(?![A-Za-z0-9_])");

  private Path folder;
  private Path tools;
  private Path calls;
  private DemoStack demo;
  private HttpServer loki;

  @BeforeAll
  void start() throws Exception {
    folder = Path.of("target", "e2e", "runbooks-" + ProcessHandle.current().pid()).toAbsolutePath();
    tools = Files.createDirectories(folder.resolve("tools"));
    calls = Files.createDirectories(folder.resolve("calls"));
    layOutTools();
    demo = DemoStack.start(folder, "1s");
    loki = loki();
    callAsHeartbeat(demo.backendUrl() + "/api/v1/health");
    demo.backend().post("/fault", "{\"kind\":\"errors\",\"ratio\":0.2,\"duration\":\"10m\"}");
    PharosProcess.run(
        List.of(
            pharosCommand(),
            "gate",
            "--service=remotegpu",
            "--env=dev",
            "--version=runbooks",
            "--wait=1s",
            "--url=" + demo.url()),
        Map.of());
    for (String needed :
        List.of(
            "slo:sli_error:ratio_rate5m > 0",
            "instance:filesystem_free:ratio",
            "probe_success{probe=\"backend-health\"}",
            "up{job=\"remotegpu-backend\"}")) {
      demo.pharos()
          .await(needed, Duration.ofSeconds(60), () -> !demo.pharos().query(needed).isEmpty());
    }
    // One fault at a time: what was counted of the errors stays, and the backend answers again.
    demo.backend().post("/fault", "{\"kind\":\"gpu-xid\",\"duration\":\"10m\"}");
    demo.pharos()
        .await(
            "an alert of a GPU", Duration.ofSeconds(60), () -> !alerts("GpuXidHardware").isEmpty());
  }

  /// The shipped settings call no other service as a heartbeat.
  private void callAsHeartbeat(String address) throws Exception {
    Files.writeString(
        folder.resolve("notifications/pharos.yml"),
        "heartbeats: [{name: backend, url: '%s', method: GET, interval: 10s}]\n".formatted(address),
        StandardOpenOption.APPEND);
    assertThat(demo.pharos().post("/-/reload", "").statusCode()).isEqualTo(200);
  }

  @AfterAll
  void stop() {
    if (loki != null) {
      loki.stop(0);
    }
    if (demo != null) {
      demo.close();
    }
  }

  /// The demo has no Loki: one that finds a line for every query.
  private static HttpServer loki() throws IOException {
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/loki/api/v1/query_range",
        exchange -> {
          byte[] answer =
              """
              {"status":"success","data":{"resultType":"streams","result":[
               {"stream":{"job":"nginx"},"values":[["1","panic recovered"]]}]}}"""
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static String pharosCommand() {
    return Path.of("pharos").toAbsolutePath().toString();
  }

  /// A folder that holds every tool that a command may call, and is the whole search path.
  private void layOutTools() throws IOException {
    for (String tool : REAL) {
      // What a shell has built in, or this system does without, has no program.
      Path program = installed(tool);
      if (program != null && !tool.equals("curl")) {
        Files.createSymbolicLink(tools.resolve(tool), program);
      }
    }
    Path curl = installed("curl");
    assertThat(curl).as("curl is installed").isNotNull();
    script(
        "curl",
        """
        %s --fail-with-body "$@"
        code=$?
        printf '%%s\\n' "$code $*" >> '%s/curl'
        exit $code
        """
            .formatted(curl, calls));
    for (String tool : STOOD_IN_FOR) {
      standIn(tool);
    }
    for (String tool : WHERE_INSTALLED) {
      Path program = installed(tool);
      if (program == null) {
        System.out.println("runbooks: STOOD IN FOR, not installed: " + tool);
        standIn(tool);
      } else {
        Files.createSymbolicLink(tools.resolve(tool), program);
      }
    }
  }

  private static Path installed(String tool) {
    return Stream.of(System.getenv("PATH").split(":"))
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  /// Records its arguments, a line each, and that the commands for another shell can be parsed.
  private void standIn(String tool) throws IOException {
    script(
        tool,
        """
        record=$(mktemp '%s/%s-XXXXXX')
        printf '%%s\\n' "$@" > "$record"
        case %s in
          ssh) sh -n -c "$2" || exit 2 ;;
        esac
        echo '"level":"error" panic recovered notifications delivered rule probe evicted certbot.timer'
        """
            .formatted(calls, tool, tool));
  }

  private void script(String name, String body) throws IOException {
    Path file = tools.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + body);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private List<Map<String, String>> alerts(String name) {
    return labelSets(demo.pharos().query("ALERTS{alertname=\"" + name + "\"}"));
  }

  private static List<Map<String, String>> labelSets(JsonNode series) {
    var sets = new ArrayList<Map<String, String>>();
    for (JsonNode one : series) {
      var labels = new LinkedHashMap<String, String>();
      one.get("metric").properties().forEach(it -> labels.put(it.getKey(), it.getValue().asText()));
      sets.add(labels);
    }
    return sets;
  }

  /// Labels that alerts of this name have in the demo.
  private Map<String, String> labels(String runbook) {
    if (runbook.startsWith("Gpu")) {
      return alerts("GpuXidHardware").getFirst();
    }
    String query = "up{job=\"remotegpu-backend\"}";
    if (runbook.startsWith("Probe") || runbook.startsWith("Certificate")) {
      query = "probe_success{probe=\"backend-health\"}";
    } else if (runbook.startsWith("Disk")) {
      query = "instance:filesystem_free:ratio";
    }
    return labelSets(demo.pharos().query(query)).getFirst();
  }

  private String page(String runbook, Map<String, String> labels) {
    var address = new StringBuilder("/runbooks/" + runbook);
    labels.forEach(
        (name, value) ->
            address
                .append(address.indexOf("?") < 0 ? '?' : '&')
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
    var answer = demo.pharos().get(address.toString());
    assertThat(answer.statusCode()).as(runbook).isEqualTo(200);
    return answer.body();
  }

  private static List<String> commands(String page) {
    return BLOCK
        .matcher(page)
        .results()
        .flatMap(block -> COMMAND.matcher(block.group(1)).results())
        .map(found -> found.group(1))
        .map(
            html ->
                html.replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&quot;", "\"")
                    .replace("&amp;", "&"))
        .toList();
  }

  private static List<String> runbooks() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("docs/runbooks"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".md") && !name.equals("README.md"))
          .map(name -> name.substring(0, name.length() - 3))
          .sorted()
          .toList();
    }
  }

  private record Ran(int code, String output, Duration took) {}

  private Ran run(String command) {
    Instant begin = Instant.now();
    try {
      var builder = new ProcessBuilder("bash", "-c", command).redirectErrorStream(true);
      builder.environment().clear();
      builder
          .environment()
          .putAll(
              Map.of(
                  "PATH", tools.toString(),
                  "HOME", folder.toString(),
                  "TERM", "dumb",
                  "PHAROS_NO_BUILD", "1",
                  "PHAROS_URL", demo.url(),
                  "PHAROS_LOKI", "http://127.0.0.1:" + loki.getAddress().getPort(),
                  "JAVA_HOME", System.getProperty("java.home")));
      Process process = builder.start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      return new Ran(process.exitValue(), output, Duration.between(begin, Instant.now()));
    } catch (IOException e) {
      throw new IllegalStateException(command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(command, e);
    }
  }

  @Test
  void everyCommand_ofEveryRunbook_runsAsItsPageShowsIt() throws Exception {
    var byCommand = new TreeMap<String, String>();
    var problems = new TreeSet<String>();
    for (String runbook : runbooks()) {
      String page = page(runbook, labels(runbook));
      List<String> commands = commands(page);
      if (commands.isEmpty()) {
        problems.add(runbook + ": has no commands");
      }
      if (page.contains("in the commands.") || page.contains("Not filled in")) {
        problems.add(runbook + ": something is not filled in");
      }
      commands.forEach(command -> byCommand.put(command, runbook));
    }
    Instant begin = Instant.now();
    var outcomes = new TreeMap<String, Ran>();
    try (var executor = Executors.newFixedThreadPool(3)) {
      var running = new TreeMap<String, Future<Ran>>();
      byCommand.keySet().forEach(it -> running.put(it, executor.submit(() -> run(it))));
      for (var one : running.entrySet()) {
        outcomes.put(one.getKey(), one.getValue().get());
      }
    }
    // Rules over long windows run once a minute or less: their first results may still come.
    Instant patience = begin.plus(Duration.ofMinutes(3));
    for (var one : outcomes.entrySet()) {
      while (problem(one.getKey(), one.getValue()).contains(NO_SERIES)
          && Instant.now().isBefore(patience)) {
        Thread.sleep(2_000);
        one.setValue(run(one.getKey()));
      }
    }
    outcomes.forEach(
        (command, ran) ->
            problem(command, ran)
                .forEach(
                    text ->
                        problems.add(byCommand.get(command) + ": " + command + "\n    " + text)));
    System.out.println(
        "runbooks: %d commands in %d s"
            .formatted(outcomes.size(), Duration.between(begin, Instant.now()).toSeconds()));
    assertThat(problems).isEmpty();
    assertRecorded();
  }

  private static List<String> problem(String command, Ran ran) {
    var problems = new ArrayList<String>();
    String told = ran.output().strip();
    boolean real = command.contains("curl ") || command.contains("./pharos ");
    if (PLACEHOLDER.matcher(command).find()) {
      problems.add("a placeholder is left");
    }
    if (told.contains("not found") && told.contains("command")) {
      problems.add("calls a tool that this test does not know: " + told);
    }
    if (real && (ran.code() != 0 || told.isEmpty())) {
      problems.add("ended with " + ran.code() + " and printed: " + told);
    }
    if (told.equals("no series")
        && !NOT_IN_THE_DEMO.matcher(command).find()
        && EMPTY_WHEN_HEALTHY.stream().noneMatch(query -> command.contains("'" + query + "'"))) {
      problems.add(NO_SERIES);
    }
    return problems;
  }

  /// That curl was never told that there is no such page, and what stands in was called in full.
  private void assertRecorded() throws IOException {
    assertThat(Files.readAllLines(calls.resolve("curl")))
        .isNotEmpty()
        // 23: the reader at the other end of the pipe had enough.
        .allSatisfy(line -> assertThat(line).matches("(0|23) .*"));
    try (Stream<Path> files = Files.list(calls)) {
      List<Path> records = files.toList();
      for (String tool : STOOD_IN_FOR) {
        assertThat(records.stream().map(file -> file.getFileName().toString()))
            .as("calls of " + tool)
            .anyMatch(name -> name.startsWith(tool));
      }
      for (Path record : records) {
        assertThat(Files.readString(record))
            .as(record.getFileName().toString())
            .isNotBlank()
            .doesNotContainPattern(PLACEHOLDER);
      }
    }
    Map<String, String> gpu = alerts("GpuXidHardware").getFirst();
    try (Stream<Path> files = Files.list(calls)) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("ssh")))
          .as("ssh to the GPU's machine, for that GPU")
          .anySatisfy(
              file ->
                  assertThat(Files.readAllLines(file))
                      .contains(gpu.getOrDefault("Hostname", gpu.get("hostname")))
                      .anyMatch(line -> line.contains("-i " + gpu.get("gpu"))));
    }
  }

  @Test
  void linkOfTheNowPage_carriesTheAlert_andItsPageIsFilledIn() {
    Map<String, String> gpu = alerts("GpuXidHardware").getFirst();
    String now = demo.pharos().get("/").body();
    var link = Pattern.compile("href=\"([^\"]*/runbooks/GpuXidHardware\\?[^\"]*)\"").matcher(now);
    assertThat(link.find()).as(now).isTrue();
    String address = link.group(1).replace("&amp;", "&");
    assertThat(address).startsWith("/runbooks/").contains("gpu=" + gpu.get("gpu"));
    String page = demo.pharos().get(address).body();
    assertThat(commands(page)).anyMatch(it -> it.contains("-i " + gpu.get("gpu")));
  }

  @Test
  void runbookWithoutAnAlert_keepsItsPlaceholders_andSaysSo() {
    String page = page("GpuXidHardware", Map.of());
    assertThat(page).contains("Replace <code>HOST, GPU_INDEX</code>");
    assertThat(commands(page)).anyMatch(command -> command.startsWith("ssh HOST "));
  }

  @Test
  void alertOfAWholeJob_namesTheOnlyInstanceOfTheJob() {
    String page = page("HighEnvelopeErrorRate", Map.of("job", "remotegpu-tap"));
    assertThat(commands(page))
        .anyMatch(command -> command.contains(demo.backendUrl() + "/api/v1/customer/machines"));
  }

  @Test
  void hostileLabel_isNoSyntax() {
    String page = page("GpuHot", Map.of("Hostname", "$(touch pwned)<script>", "gpu", "1; reboot"));
    assertThat(page).doesNotContain("<script>").contains("Not filled in");
    assertThat(commands(page))
        .anyMatch(command -> command.startsWith("ssh '$(touch pwned)<script>' "))
        .noneMatch(command -> command.contains("reboot"));
    assertThat(Arrays.stream(page.split("\n"))).noneMatch(line -> line.contains("<script>"));
  }
}
