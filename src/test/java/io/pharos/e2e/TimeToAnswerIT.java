package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// For faults of the demo, a person who knows only the screen finds from the first page, with at
/// most three clicks: what is wrong, since when, who was told, what changed, and what to do. Each
/// fault has a stack of its own. The clicks and seconds are printed.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("nightly")
class TimeToAnswerIT {
  private static final int MAX_CLICKS = 3;

  /// Stacks at a time: in CI, other suites need the processors too; at night, there are more
  /// faults.
  private static final int STACKS = Nightly.rounds(1, 3);

  /// The interval of scrapes and evaluations in the shipped file.
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private static final Duration HEALTH = Duration.ofSeconds(45);
  private static final Pattern SINCE =
      Pattern.compile(
          "Since (\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d) (UTC|[+-]\\d\\d:\\d\\d), for");
  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\b(PHAROS|INSTANCE|HOST|GPU_INDEX|MOUNTPOINT)\\b");

  /// What precedes a fault.
  private enum Change {
    NONE,
    DEPLOYMENT,
    RELOAD
  }

  /// @param seen how long the condition of its alert needs to become true: the `for` of the rule,
  ///   the window that must be empty, or how long the backend waits for a machine that is silent,
  ///   whichever is longest
  /// @param sentence what must be said of it, with the name of what is faulty
  record Question(
      String kind, String cause, Duration seen, Duration most, Change change, String sentence) {
    Question(String kind, String cause, String seen, int minutes, Change change, String sentence) {
      this(kind, cause, Duration.parse(seen), Duration.ofMinutes(minutes), change, sentence);
    }

    @Override
    public String toString() {
      return kind;
    }
  }

  private final Map<Question, CompletableFuture<Void>> answers = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> table = new ConcurrentLinkedQueue<>();
  private final Path folder = Path.of("target", "e2e", "answer-" + ProcessHandle.current().pid());
  private Browser browser;

  /// Returns all questions at night, otherwise those about faults that are seen soonest.
  static List<Question> questions() {
    List<Question> all = all();
    return all.subList(all.size() - Nightly.rounds(6, all.size()), all.size());
  }

  private static List<Question> all() {
    String backend = "remotegpu-backend .*127\\.0\\.0\\.1:\\d+";
    return List.of(
        new Question(
            "disk-filling",
            "DiskFilling",
            "PT5M",
            12,
            Change.NONE,
            "Free disk space: .*node-exporter · /"),
        new Question(
            "fleet-offline",
            "FleetOffline",
            "PT4M",
            12,
            Change.DEPLOYMENT,
            "Machines online: .*remotegpu-backend"),
        new Question(
            "gpu-exporter-down",
            "GpuExporterDown",
            "PT5M",
            10,
            Change.NONE,
            "The GPUs of a machine are not monitored.*dcgm-exporter .*127\\.0\\.0\\.1:\\d+"),
        new Question(
            "exporter-down",
            "ExporterDown",
            "PT5M",
            10,
            Change.RELOAD,
            "A target does not answer.*-exporter .*127\\.0\\.0\\.1:\\d+"),
        new Question(
            "heartbeats-stopped",
            "AgentHeartbeatsStopped",
            "PT2M",
            8,
            Change.DEPLOYMENT,
            "No agent sends heartbeats.*remotegpu-backend"),
        new Question(
            "gpu-fallen-off",
            "GpuFellOff",
            "PT2M",
            6,
            Change.NONE,
            "GPUs missing: 1.*dcgm-exporter"),
        new Question(
            "auth-off",
            "ProbeFailing",
            "PT90S",
            8,
            Change.NONE,
            "A probe fails.*probe backend-auth-required"),
        new Question(
            "redis-down",
            "RedisDown",
            "PT1M",
            5,
            Change.NONE,
            "Redis is down.*redis-exporter .*127\\.0\\.0\\.1:\\d+"),
        new Question(
            "certificate-ending",
            "CertificateExpiringSoon",
            "PT1M",
            5,
            Change.NONE,
            "TLS certificate: .*probe backend-certificate"),
        new Question(
            "errors",
            "HighErrorRate",
            "PT30S",
            5,
            Change.DEPLOYMENT,
            "5xx responses: .*remotegpu-backend"),
        new Question(
            "latency",
            "HighLatencyP95",
            "PT30S",
            5,
            Change.DEPLOYMENT,
            "Latency \\(p95\\) of API requests: .*remotegpu-backend"),
        new Question(
            "envelope-errors",
            "HighEnvelopeErrorRate",
            "PT30S",
            5,
            Change.RELOAD,
            "Error codes inside HTTP 200: .*remotegpu-backend"),
        new Question(
            "hang",
            "BackendDown",
            "PT15S",
            3,
            Change.NONE,
            "The RemoteGPU backend is down.*" + backend),
        new Question(
            "down",
            "BackendDown",
            "PT15S",
            3,
            Change.DEPLOYMENT,
            "The RemoteGPU backend is down.*" + backend),
        new Question(
            "gpu-xid",
            "GpuXidHardware",
            "PT15S",
            3,
            Change.NONE,
            "XID \\d+: hardware error of a GPU.*GPU \\d"));
  }

  @BeforeAll
  void start() {
    browser = Browser.start();
    browser.screen(1440, false);
    questions().forEach(question -> answers.put(question, new CompletableFuture<>()));
    var waiting = new ConcurrentLinkedQueue<>(questions());
    for (int i = 0; i < STACKS; i++) {
      Thread.ofVirtual().start(() -> takeTurns(waiting));
    }
  }

  @AfterAll
  void stop() {
    table.stream().sorted().forEach(System.out::println);
    if (browser != null) {
      browser.close();
    }
  }

  @ParameterizedTest
  @MethodSource("questions")
  void fault_isAnsweredWithThreeClicks(Question question) {
    answers.get(question).join();
  }

  private void takeTurns(ConcurrentLinkedQueue<Question> waiting) {
    for (Question next = waiting.poll(); next != null; next = waiting.poll()) {
      try (var stack = stack(next)) {
        ask(stack, next);
        answers.get(next).complete(null);
      } catch (Exception | AssertionError e) {
        table.add("answer: %-20s %s".formatted(next, e.toString().lines().findFirst().orElse("")));
        answers.get(next).completeExceptionally(e);
      }
    }
  }

  /* One start at a time: each needs the processors for itself. */
  private synchronized FaultStack stack(Question question) throws Exception {
    return new FaultStack(folder.resolve(question.kind()));
  }

  private void ask(FaultStack stack, Question question) throws Exception {
    TimeUnit.SECONDS.sleep(HEALTH.toSeconds());
    // On a busy machine, the first results are incomplete for longer; what was lost before them is
    // not missed.
    stack
        .pharos()
        .await(
            "the recorded number of GPUs",
            Duration.ofMinutes(3),
            () -> !stack.pharos().query("instance:gpus:accounted").isEmpty());
    stack
        .pharos()
        .await(
            "no other alert",
            Duration.ofMinutes(5),
            () -> stack.pharos().query("ALERTS{alertname!=\"Watchdog\"}").isEmpty());
    change(stack.pharos(), question.change());
    Instant begin = Instant.now();
    stack.raise(question.kind());
    PharosProcess pharos = stack.pharos();
    pharos.await(
        "a message about " + question.cause(),
        question.most(),
        () -> isTold(stack, question) && pharos.hasToldAll());
    synchronized (browser) {
      answer(stack.pharos(), question, begin);
    }
  }

  /* On a busy machine, other alerts may fire and end before. */
  private static boolean isTold(FaultStack stack, Question question) {
    return stack.told(0).stream()
        .flatMap(List::stream)
        .filter(alert -> alert.endsWith(" " + question.cause()))
        .reduce((_, last) -> last)
        .filter(alert -> alert.startsWith("firing "))
        .isPresent();
  }

  private static void change(PharosProcess pharos, Change change) throws Exception {
    switch (change) {
      case NONE -> {}
      case DEPLOYMENT ->
          assertThat(
                  pharos
                      .send(
                          "PUT",
                          "/api/pharos/v1/deployments/answer:1",
                          "{\"service\":\"remotegpu-backend\",\"env\":\"demo\",\"version\":\"1.4.2\",\"strategy\":\"canary\",\"color\":\"green\"}")
                      .statusCode())
              .isEqualTo(201);
      case RELOAD -> assertThat(pharos.post("/-/reload", "").statusCode()).isEqualTo(200);
    }
  }

  private void answer(PharosProcess pharos, Question question, Instant begin) throws Exception {
    var reader = new Reader(browser);
    Instant opened = Instant.now();
    reader.home(pharos.url());
    reader.click("firing");
    reader.click("Open the incident");
    String text = reader.await("since when", it -> SINCE.matcher(it).find());
    String sentence = text.lines().filter(line -> line.contains("firing")).findFirst().orElse("");
    String where = reader.lineBelow("Where");
    String told = reader.below("Who was told");
    String changed = reader.lineBelow("Changed before") + "\n" + reader.below("What changed");
    reader.click("What to do");
    reader.await("the runbook", it -> it.lines().anyMatch("Check first"::equals));
    String commands = reader.below("Check first");
    Duration took = Duration.between(opened, Instant.now());

    Path picture = folder.resolve(question.kind() + ".png");
    browser.picture(picture);
    browser.screen(1440, false);
    table.add(
        "answer: %-20s %-24s %d clicks, %4.1f s; began %3d s after the fault: %s | %s"
            .formatted(
                question,
                question.cause(),
                reader.clicks(),
                took.toMillis() / 1000.0,
                Duration.between(begin, since(text)).toSeconds(),
                sentence,
                where));
    assertThat(text.lines().filter(it -> !it.equals("Incidents")).findFirst())
        .hasValue(question.cause());
    assertThat(sentence + " " + where).containsPattern(question.sentence());
    assertThat(since(text))
        .isBetween(
            begin.minusSeconds(1), begin.plus(question.seen()).plus(INTERVAL.multipliedBy(2)));
    assertThat(told)
        .contains("on-call by webhook", "on-call by slack", "on-call by email", "sent")
        .doesNotContain("failed", "pending");
    assertChanged(question.change(), changed);
    assertThat(commands).containsPattern("\\./pharos|curl|docker|ssh|nvidia-smi");
    assertThat(commands).doesNotContainPattern(PLACEHOLDER);
    if (Files.readString(Path.of("docs/runbooks", question.cause() + ".md")).contains("INSTANCE")) {
      assertThat(reader.text()).containsPattern("127\\.0\\.0\\.1:\\d+/");
    }
    assertThat(reader.clicks()).isLessThanOrEqualTo(MAX_CLICKS);
  }

  private static void assertChanged(Change change, String text) {
    switch (change) {
      case NONE ->
          assertThat(text)
              .contains("No deployment began in the two hours before the start or since.")
              .doesNotContain("configuration reloaded");
      case DEPLOYMENT ->
          assertThat(text).containsPattern("remotegpu-backend demo 1\\.4\\.2, .*before the start");
      case RELOAD -> assertThat(text).containsPattern("configuration reloaded, .*before the start");
    }
  }

  private static Instant since(String text) {
    Matcher found = SINCE.matcher(text);
    assertThat(found.find()).isTrue();
    String zone = found.group(2).equals("UTC") ? "+00:00" : found.group(2);
    return OffsetDateTime.parse(
            found.group(1) + zone, DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ssxxx"))
        .toInstant();
  }
}
