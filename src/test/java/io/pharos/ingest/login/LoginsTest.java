package io.pharos.ingest.login;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.gate.ManualClock;
import io.pharos.http.Clients;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.ScrapeOptions;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.schedule.LoopRegistry;
import io.pharos.schedule.ThreadJobs;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.InMemoryStorage;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoginsTest {
  private static final Instant START = Instant.parse("2026-03-02T10:00:00Z");

  @TempDir Path directory;

  private final ManualClock clock = new ManualClock(START);
  private long nanos = 1;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<AutoCloseable> open = new ArrayList<>();
  private FakeBackend backend;
  private String timeout = "10s";

  @BeforeEach
  void begin() throws IOException {
    backend = new FakeBackend();
    open.add(backend);
    password(FakeBackend.PASSWORD, START);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }

  private void password(String text, Instant changed) throws IOException {
    Path file = directory.resolve("password");
    Files.writeString(file, text + "\n");
    Files.setLastModifiedTime(file, FileTime.from(changed));
  }

  private Path token() {
    return directory.resolve("run/backend.token");
  }

  private String kept() throws IOException {
    return Files.readString(token());
  }

  private LoginFile.LoginSet set(String more) {
    return LoginFile.parse(
        "logins.yml",
        """
        logins:
          - name: backend
            token_file: run/backend.token
            username: monitor
            password_file: password
            timeout: %2$s
            login: {url: 'http://%1$s/api/v1/auth/login'}
            refresh: {url: 'http://%1$s/api/v1/auth/refresh'}
        """
                .formatted(backend.address(), timeout)
            + more.indent(4),
        directory);
  }

  private Logins logins() {
    return logins(set(""));
  }

  private Logins logins(LoginFile.LoginSet set) {
    var clients = new Clients(clock);
    open.add(clients);
    var logins =
        new Logins(
            set,
            directory.resolve("state"),
            clients,
            Runnable::run,
            clock,
            () -> nanos,
            new Random(1),
            registry);
    open.add(logins);
    return logins;
  }

  /// Advances both clocks, with a tick in each of the last seconds and in each minute before.
  private void pass(Logins logins, Duration time) {
    Duration left = time;
    while (left.isPositive()) {
      Duration step = left.compareTo(Duration.ofMinutes(2)) > 0 ? Duration.ofMinutes(1) : SECOND;
      clock.advance(step);
      nanos += step.toNanos();
      left = left.minus(step);
      logins.tick(clock.instant());
    }
  }

  private static final Duration SECOND = Duration.ofSeconds(1);

  private double gauge(String name) {
    Gauge gauge = registry.find(name).gauge();
    return gauge == null ? Double.NaN : gauge.value();
  }

  private double attempts(String by, String outcome) {
    Counter counter =
        registry.find("pharos_login_attempts").tags("by", by, "outcome", outcome).counter();
    return counter == null ? 0 : counter.count();
  }

  @Test
  void start_logsInAndKeepsTheToken_forTheOwnerAlone() throws Exception {
    Logins logins = logins();
    assertThat(gauge("pharos_login_up")).isZero();
    assertThat(gauge("pharos_login_token_age_seconds")).isNaN();

    logins.tick(clock.instant());

    assertThat(kept()).isEqualTo("access-1\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token())))
        .isEqualTo("rw-------");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("state/backend.json"))))
        .isEqualTo("rw-------");
    pass(logins, Duration.ofMinutes(10));
    assertThat(gauge("pharos_login_up")).isEqualTo(1);
    assertThat(gauge("pharos_login_token_age_seconds")).isEqualTo(600);
    assertThat(gauge("pharos_login_token_expiry_timestamp_seconds"))
        .isEqualTo(START.plus(Duration.ofDays(1)).getEpochSecond());
    assertThat(backend.calls()).containsExactly("login");
  }

  @Test
  void token_anHourBeforeItsEnd_isRefreshed() throws Exception {
    Logins logins = logins();
    logins.tick(clock.instant());
    pass(logins, Duration.ofHours(23).minusSeconds(1));
    assertThat(backend.calls()).containsExactly("login");
    pass(logins, Duration.ofSeconds(1));
    assertThat(backend.calls()).containsExactly("login", "refresh");
    assertThat(kept()).isEqualTo("access-2\n");
    pass(logins, Duration.ofDays(7));
    assertThat(backend.calls()).filteredOn("login"::equals).hasSize(1);
    assertThat(gauge("pharos_login_up")).isEqualTo(1);
  }

  @Test
  void refresh_thatIsRefused_logsInAtOnce() throws Exception {
    Logins logins = logins();
    logins.tick(clock.instant());
    backend.endSession();
    pass(logins, Duration.ofHours(23));
    assertThat(backend.calls()).containsExactly("login", "refresh", "login");
    assertThat(kept()).isEqualTo("access-2\n");
    assertThat(attempts("refresh", "rejected")).isEqualTo(1);
  }

  @Test
  void wrongPassword_isTriedSeldom_andAtOnceWhenItsFileChanges() throws Exception {
    password("wrong", START);
    Logins logins = logins();
    logins.tick(clock.instant());
    pass(logins, Duration.ofMinutes(15).minusSeconds(1));
    assertThat(backend.calls()).containsExactly("login");
    pass(logins, Duration.ofHours(24));
    assertThat(backend.calls()).as("15 m, 30 m, 1 h, 2 h, then every 4 h").hasSize(10);
    assertThat(attempts("login", "rejected")).isEqualTo(10);
    assertThat(gauge("pharos_login_up")).isZero();

    password(FakeBackend.PASSWORD, START.plusSeconds(1));
    pass(logins, SECOND);

    assertThat(kept()).isEqualTo("access-1\n");
    assertThat(gauge("pharos_login_up")).isEqualTo(1);
  }

  @Test
  void wrongPassword_isNotTriedByRestarts() throws Exception {
    password("wrong", START);
    logins().tick(clock.instant());
    for (int i = 0; i < 5; i++) {
      Logins restarted = logins();
      pass(restarted, Duration.ofSeconds(30));
    }
    assertThat(backend.calls()).containsExactly("login");
    Logins last = logins();
    pass(last, Duration.ofMinutes(15));
    assertThat(backend.calls()).hasSize(2);
  }

  @Test
  void restart_keepsTheTokenAndItsEnd() throws Exception {
    logins().tick(clock.instant());
    Logins restarted = logins();
    pass(restarted, Duration.ofHours(23).minusSeconds(1));
    assertThat(backend.calls()).containsExactly("login");
    pass(restarted, SECOND);
    assertThat(backend.calls()).containsExactly("login", "refresh");
  }

  @Test
  void codeOfItsOwnTrouble_isTriedAgainSoon_untilItWorks() throws Exception {
    backend.answering(500);
    Logins logins = logins();
    logins.tick(clock.instant());
    pass(logins, Duration.ofSeconds(7));
    assertThat(backend.calls()).hasSize(2);
    backend.answering(0);
    pass(logins, Duration.ofSeconds(15));
    assertThat(kept()).isEqualTo("access-1\n");
  }

  @Test
  void serverThatFails_isNotHammered() {
    backend.failing(503);
    Logins logins = logins();
    for (int i = 0; i < 3600; i++) {
      pass(logins, SECOND);
    }
    assertThat(backend.calls()).hasSizeBetween(12, 24);
    assertThat(attempts("login", "failed")).isEqualTo(backend.calls().size());
  }

  @Test
  void serverThatHangs_failsAfterTheTimeout() {
    timeout = "1s";
    backend.hanging();
    logins().tick(clock.instant());
    assertThat(attempts("login", "failed")).isEqualTo(1);
    assertThat(token()).doesNotExist();
  }

  @Test
  void tokenFileThatIsDeleted_isWrittenAgain() throws Exception {
    Logins logins = logins();
    logins.tick(clock.instant());
    Files.delete(token());
    pass(logins, SECOND);
    assertThat(kept()).isEqualTo("access-1\n");
    assertThat(backend.calls()).containsExactly("login");
  }

  @Test
  void clockSetAhead_renews_andSetBackStillSeesTheEnd() {
    Logins logins = logins();
    logins.tick(clock.instant());
    clock.advance(Duration.ofDays(3));
    logins.tick(clock.instant());
    assertThat(backend.calls()).containsExactly("login", "refresh");

    clock.set(START.minus(Duration.ofDays(10)));
    pass(logins, Duration.ofHours(23).minusSeconds(1));
    assertThat(backend.calls()).hasSize(2);
    pass(logins, SECOND);
    assertThat(backend.calls()).containsExactly("login", "refresh", "refresh");
  }

  @Test
  void tokenOfAUserWithoutTheRight_isNotRenewedForEver() {
    Logins logins = logins();
    logins.tick(clock.instant());
    byte[] refusal = "{\"code\":401,\"msg\":\"no\"}".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 3600; i += 15) {
      pass(logins, Duration.ofSeconds(15));
      assertThat(logins.isRefusal(token(), logins.version(token()), 200, refusal, refusal.length))
          .isTrue();
    }
    assertThat(backend.calls()).hasSizeBetween(5, 9);
  }

  @Test
  void answersThatRefuseNothing_changeNothing() {
    Logins logins = logins();
    logins.tick(clock.instant());
    long version = logins.version(token());
    for (String text : List.of("{\"code\":500}", "{\"code\":", "machines_online 3\n", "")) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      assertThat(logins.isRefusal(token(), version, 200, body, body.length)).isFalse();
    }
    assertThat(logins.version(directory.resolve("other"))).isEqualTo(-1);
    byte[] refusal = "{\"code\":401}".getBytes(StandardCharsets.UTF_8);
    assertThat(logins.isRefusal(token(), version - 1, 200, refusal, refusal.length))
        .as("the token before this one")
        .isTrue();
    logins.tick(clock.instant());
    assertThat(backend.calls()).containsExactly("login");
  }

  @Test
  void secrets_standInNoMetricAndNoState() throws Exception {
    password("wrong-" + FakeBackend.PASSWORD, START);
    Logins logins = logins();
    logins.tick(clock.instant());
    password(FakeBackend.PASSWORD, START.plusSeconds(9));
    pass(logins, SECOND);
    assertThat(registry.getMetersAsString())
        .contains("backend")
        .doesNotContain(FakeBackend.PASSWORD, "access-1", "refresh-1");
    assertThat(Files.readString(directory.resolve("state/backend.json")))
        .contains("refresh-1")
        .doesNotContain(FakeBackend.PASSWORD, "access-1");
    var result = new LoginClient.Result.Granted("access-1", "refresh-1", SECOND);
    assertThat(result.toString()).doesNotContain("access-1", "refresh-1");
  }

  @Test
  void reload_keepsTheTokenOfALoginThatStays_andForgetsOneThatGoes() {
    Logins logins = logins();
    logins.tick(clock.instant());
    logins.reload(set(""));
    logins.tick(clock.instant());
    assertThat(backend.calls()).containsExactly("login");
    logins.reload(LoginFile.LoginSet.NONE);
    assertThat(registry.find("pharos_login_up").gauge()).isNull();
    assertThat(logins.version(token())).isEqualTo(-1);
  }

  /// With real scrapes and the wall clock.
  @Test
  void tokenThatDiesEarly_isRenewedByTheScrapeThatMeetsIt_andNoTargetIsDown() throws Exception {
    var clients = new Clients(InstantSource.system());
    open.add(clients);
    var logins =
        new Logins(
            set(""),
            directory.resolve("state"),
            clients,
            Runnable::run,
            InstantSource.system(),
            System::nanoTime,
            new Random(1),
            registry);
    open.add(logins);
    logins.tick(Instant.now());
    var storage = new InMemoryStorage();
    var jobs = new ThreadJobs();
    open.add(jobs);
    var observationGaps = new ObservationGaps();
    var manager =
        new ScrapeManager(
            PrometheusConfig.parse(
                "p.yml",
                """
                global: {scrape_interval: 500ms, scrape_timeout: 500ms}
                scrape_configs:
                  - job_name: remotegpu-backend
                    authorization: {credentials_file: run/backend.token}
                    static_configs: [{targets: ['%s']}]
                """
                    .formatted(backend.address()),
                directory,
                Map.of()),
            storage,
            InstantSource.system(),
            clients,
            registry,
            observationGaps,
            new TimeContinuity(InstantSource.system(), observationGaps),
            jobs,
            new LoopRegistry(InstantSource.system(), System::nanoTime, registry),
            ScrapeOptions.DEFAULT.withTokens(logins),
            MemoryBounds.unbounded(),
            ArrivalListener.IGNORED);
    open.add(manager);
    manager.start();
    await("a scrape", () -> health(manager) == TargetsSnapshot.Health.UP);

    backend.revoke();

    await("a renewal", () -> backend.calls().size() == 2);
    await("the scrape that met it", () -> scrapes("credentials") == 1);
    double before = scrapes("success");
    await("a scrape with the new token", () -> scrapes("success") > before);
    assertThat(scrapes("credentials")).isEqualTo(1);
    assertThat(backend.calls()).containsExactly("login", "refresh");
    assertThat(registry.get("pharos_login_refusals").counter().count()).isEqualTo(1);

    backend.refuseAll();
    await("unknown", () -> health(manager) == TargetsSnapshot.Health.UNKNOWN);
    assertThat(manager.targets().active().getFirst().lastError())
        .contains("rejects the token of")
        .doesNotContain("access-");
  }

  private double scrapes(String outcome) {
    Counter counter = registry.find("pharos_scrapes").tag("outcome", outcome).counter();
    return counter == null ? 0 : counter.count();
  }

  private static TargetsSnapshot.Health health(ScrapeManager manager) {
    return manager.targets().active().getFirst().health();
  }

  private static void await(String what, BooleanSupplier condition) {
    Instant end = Instant.now().plusSeconds(30);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as(what).isBefore(end);
      LockSupport.parkNanos(10_000_000);
    }
  }

  @Test
  void files_leaveNothingHalfWritten() throws Exception {
    Logins logins = logins();
    logins.tick(clock.instant());
    pass(logins, Duration.ofDays(2));
    try (Stream<Path> files = Files.list(directory.resolve("run"))) {
      assertThat(files).containsExactly(token());
    }
  }

  @Test
  void restart_withoutTheTokenFile_getsATokenByTheRefreshTokenItRemembers() throws Exception {
    logins().tick(clock.instant());
    Files.delete(token());
    logins().tick(clock.instant());
    assertThat(backend.calls()).containsExactly("login", "refresh");
    assertThat(kept()).isEqualTo("access-2\n");
  }

  @Test
  void restart_atATimeBeforeTheToken_trustsNoAge() throws Exception {
    logins().tick(clock.instant());
    clock.set(START.minus(Duration.ofDays(1)));
    logins().tick(clock.instant());
    assertThat(backend.calls()).containsExactly("login", "refresh");
    assertThat(kept()).isEqualTo("access-2\n");
  }

  @Test
  void wrongPassword_andAClockThatGoesBackOverARestart_waitsTheWholePause() throws Exception {
    password("wrong", START);
    logins().tick(clock.instant());
    clock.set(START.minus(Duration.ofDays(1)));
    Logins restarted = logins();
    pass(restarted, Duration.ofMinutes(15).minusSeconds(1));
    assertThat(backend.calls()).containsExactly("login");
    pass(restarted, SECOND);
    assertThat(backend.calls()).hasSize(2);
  }

  @Test
  void wrongPassword_whosePauseWentByWhileDown_isTriedAtTheStart() throws Exception {
    password("wrong", START);
    logins().tick(clock.instant());
    clock.advance(Duration.ofMinutes(15));
    logins().tick(clock.instant());
    assertThat(backend.calls()).containsExactly("login", "login");
  }

  @Test
  void missingPasswordFile_sendsNoRequest_untilItExists() throws Exception {
    Files.delete(directory.resolve("password"));
    Logins logins = logins();
    logins.tick(clock.instant());
    assertThat(backend.calls()).isEmpty();
    assertThat(attempts("login", "failed")).isEqualTo(1);
    password(FakeBackend.PASSWORD, START);
    pass(logins, Duration.ofSeconds(7));
    assertThat(backend.calls()).containsExactly("login");
    assertThat(gauge("pharos_login_up")).isEqualTo(1);
  }

  @Test
  void wrongPassword_whoseFileIsDeleted_isTriedOnceItIsThereAgain() throws Exception {
    password("wrong", START);
    Logins logins = logins();
    logins.tick(clock.instant());
    Files.delete(directory.resolve("password"));
    pass(logins, SECOND);
    assertThat(backend.calls()).containsExactly("login");
    password(FakeBackend.PASSWORD, START.plusSeconds(2));
    pass(logins, Duration.ofSeconds(15));
    assertThat(backend.calls()).containsExactly("login", "login");
    assertThat(kept()).isEqualTo("access-1\n");
  }

  @Test
  void wrongUser_isTriedAtOnceWhenItsFileChanges() throws Exception {
    Path user = directory.resolve("user");
    Files.writeString(user, "nobody\n");
    Files.setLastModifiedTime(user, FileTime.from(START));
    LoginFile.LoginSet set =
        LoginFile.parse(
            "logins.yml",
            """
            logins:
              - name: backend
                token_file: run/backend.token
                username_file: user
                password_file: password
                login: {url: 'http://%s/login'}
            """
                .formatted(backend.address()),
            directory);
    Logins logins = logins(set);
    logins.tick(clock.instant());
    pass(logins, Duration.ofMinutes(1));
    assertThat(backend.calls()).containsExactly("login");
    Files.writeString(user, "monitor\n");
    Files.setLastModifiedTime(user, FileTime.from(START.plusSeconds(9)));
    pass(logins, SECOND);
    assertThat(kept()).isEqualTo("access-1\n");
    pass(logins, Duration.ofHours(23));
    assertThat(backend.calls())
        .as("a login renews where there is no refresh")
        .containsExactly("login", "login", "login");
  }

  @Test
  void tokenFileThatCannotBeWritten_isTriedAgain_untilItCan() throws Exception {
    Files.writeString(directory.resolve("run"), "in the way");
    Logins logins = logins();
    logins.tick(clock.instant());
    assertThat(gauge("pharos_login_up")).isZero();
    assertThat(backend.calls()).containsExactly("login");
    pass(logins, Duration.ofSeconds(2));
    assertThat(backend.calls()).as("not in each turn").containsExactly("login");
    Files.delete(directory.resolve("run"));
    pass(logins, Duration.ofSeconds(5));
    assertThat(kept()).isEqualTo("access-2\n");
    assertThat(gauge("pharos_login_up")).isEqualTo(1);
  }

  @Test
  void stateThatCannotBeWritten_costsNoToken() throws Exception {
    Files.writeString(directory.resolve("state"), "in the way");
    Logins logins = logins();
    logins.tick(clock.instant());
    assertThat(kept()).isEqualTo("access-1\n");
    pass(logins, Duration.ofHours(23));
    assertThat(backend.calls())
        .as("what could not be written is known until a restart")
        .containsExactly("login", "refresh");
  }

  @Test
  void refreshesThatFail_areFollowedByALogin() throws Exception {
    Logins logins = logins();
    logins.tick(clock.instant());
    backend.answering(500);
    pass(logins, Duration.ofHours(23).plusMinutes(1));
    assertThat(backend.calls()).startsWith("login", "refresh", "refresh", "login");
    assertThat(attempts("refresh", "failed")).isEqualTo(2);
    assertThat(gauge("pharos_login_up")).as("the token lives for an hour still").isEqualTo(1);
    pass(logins, Duration.ofHours(1));
    assertThat(gauge("pharos_login_up")).as("past its end").isZero();
    backend.answering(0);
    pass(logins, Duration.ofMinutes(7));
    assertThat(kept()).isEqualTo("access-2\n");
    assertThat(gauge("pharos_login_up")).isEqualTo(1);
  }

  @Test
  void refreshThatIsAnsweredWithoutRefreshToken_leavesTheOneThereIs() throws Exception {
    Logins logins = logins();
    logins.tick(clock.instant());
    backend.keepRefresh();
    pass(logins, Duration.ofHours(23));
    pass(logins, Duration.ofHours(23));
    assertThat(backend.calls()).containsExactly("login", "refresh", "refresh");
    assertThat(kept()).isEqualTo("access-3\n");
    assertThat(attempts("refresh", "rejected")).isZero();
  }

  @Test
  void serverWithoutRefreshTokens_isLoggedInTo() throws Exception {
    backend.keepRefresh();
    Logins logins = logins();
    logins.tick(clock.instant());
    pass(logins, Duration.ofHours(23));
    assertThat(backend.calls()).containsExactly("login", "login");
    assertThat(kept()).isEqualTo("access-2\n");
  }

  @Test
  void tokenThatDiesOld_isRenewedAtOnce_eachTime() throws Exception {
    Logins logins = logins();
    logins.tick(clock.instant());
    for (int i = 0; i < 3; i++) {
      pass(logins, Duration.ofMinutes(6));
      assertThat(logins.isRefusal(token(), logins.version(token()), 401, new byte[0], 0)).isTrue();
    }
    assertThat(backend.calls()).containsExactly("login", "refresh", "refresh", "refresh");
    assertThat(kept()).isEqualTo("access-4\n");
  }

  @Test
  void refusalBeforeThereIsAToken_isNoNews() {
    backend.failing(503);
    Logins logins = logins();
    logins.tick(clock.instant());
    assertThat(logins.isRefusal(token(), logins.version(token()), 401, new byte[0], 0)).isTrue();
    assertThat(registry.find("pharos_login_refusals").counter()).isNull();
    assertThat(backend.calls()).containsExactly("login");
  }

  @Test
  void refusalThatSeveralScrapesMeet_isCountedOnce() {
    Logins logins = logins();
    logins.tick(clock.instant());
    backend.failing(503);
    long version = logins.version(token());
    for (int i = 0; i < 3; i++) {
      assertThat(logins.isRefusal(token(), version, 401, new byte[0], 0)).isTrue();
    }
    assertThat(registry.get("pharos_login_refusals").counter().count()).isEqualTo(1);
    assertThat(backend.calls()).containsExactly("login", "refresh");
    assertThat(gauge("pharos_login_up")).isZero();
  }
}
