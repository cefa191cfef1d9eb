package io.pharos.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.http.Clients;
import io.pharos.http.SelfSigned;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.schedule.LoopRegistry;
import io.pharos.schedule.ThreadJobs;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.InMemoryStorage;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The manager over real HTTP, with intervals short enough for a test.
class ScrapeManagerTest {
  @TempDir Path directory;

  private final InMemoryStorage storage = new InMemoryStorage();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }

  private final ObservationGaps observationGaps = new ObservationGaps();
  private MemoryBounds budgets = MemoryBounds.unbounded();

  private FakeTarget target() throws IOException {
    var target = new FakeTarget();
    open.add(target);
    return target;
  }

  private PrometheusConfig config(String jobs) {
    return PrometheusConfig.parse(
        "p.yml",
        "global: {scrape_interval: 300ms, scrape_timeout: 300ms}\nscrape_configs:\n" + jobs,
        directory,
        Map.of());
  }

  private static String job(String name, FakeTarget target, String more) {
    return "- job_name: %s\n  static_configs: [{targets: ['%s']}]\n%s\n"
        .formatted(name, target.address(), more.indent(2));
  }

  private void bound(MemoryBound budget, long most) {
    budgets =
        new MemoryBounds(
            new MemoryBounds.Values(1 << 30, Map.of(budget, most)),
            InstantSource.system(),
            registry);
  }

  private double refusals(MemoryBound budget) {
    return registry.get("pharos_limit_refusals").tag("limit", budget.label()).counter().count();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void page_largerThanOurOwnBound_isUnknownAndSaysWhich(boolean packed) throws Exception {
    bound(MemoryBound.PAGE, 200_000);
    FakeTarget target = target();
    target.body = "a 1\n# " + "x".repeat(250_000) + "\n";
    target.gzip = packed;
    ScrapeManager manager = start(job("big", target, ""));

    await("a refusal", () -> refusals(MemoryBound.PAGE) > 0 && observationGaps.gaps().size() == 1);

    assertThat(manager.targets().active())
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.health()).isEqualTo(TargetsSnapshot.Health.UNKNOWN);
              assertThat(it.lastError())
                  .startsWith("the page of this target is too large")
                  .contains("--limits.page-bytes");
            });
    assertThat(Samples.of(storage, "up")).isEmpty();
    assertThat(budgets.pool(MemoryBound.PAGES).used()).isZero();
  }

  @Test
  void page_withinOurOwnBound_isReadToItsEnd() throws Exception {
    bound(MemoryBound.PAGE, 200_000);
    FakeTarget target = target();
    target.body = "a 1\n# " + "x".repeat(190_000) + "\n";
    ScrapeManager manager = start(job("big", target, ""));

    await("a scrape", () -> !Samples.of(storage, "a").isEmpty());

    assertThat(manager.targets().active().getFirst().lastError()).isEmpty();
    await("all to be given back", () -> budgets.pool(MemoryBound.PAGES).used() == 0);
  }

  @Test
  void targets_overTheBound_keepThoseThatAreScraped() throws Exception {
    bound(MemoryBound.TARGETS, 2);
    FakeTarget target = target();
    Path file = directory.resolve("t.json");
    Files.writeString(file, "[{\"targets\": [\"%s\"]}]".formatted(target.address()));
    String jobs =
        "- job_name: files\n  file_sd_configs: [{files: ['t.json'], refresh_interval: 100ms}]\n";
    ScrapeManager manager = start(jobs);
    await("the target", () -> manager.targets().active().size() == 1);

    Files.writeString(file, "[{\"targets\": [\"h:1\", \"h:2\", \"h:3\"]}]");
    await("a refusal", () -> refusals(MemoryBound.TARGETS) > 0);

    assertThat(manager.targets().active())
        .extracting(it -> URI.create(it.scrapeUrl()).getAuthority())
        .containsExactly(target.address());
    assertThat(manager.targets().problems())
        .containsExactly(
            "job files: 1 targets are not scraped: all jobs together may have 2; raise"
                + " --limits.targets");

    Files.writeString(file, "[{\"targets\": [\"h:1\"]}]");
    await("the other target", () -> manager.targets().problems().isEmpty());
    assertThat(manager.targets().active())
        .extracting(it -> URI.create(it.scrapeUrl()).getAuthority())
        .containsExactly("h:1");
  }

  @Test
  void targets_inAFileThatIsTooLarge_stayAsTheyWere() throws Exception {
    bound(MemoryBound.TARGETS, 100);
    FakeTarget target = target();
    Path file = directory.resolve("t.json");
    Files.writeString(file, "[{\"targets\": [\"%s\"]}]".formatted(target.address()));
    String jobs =
        "- job_name: files\n  file_sd_configs: [{files: ['t.json'], refresh_interval: 100ms}]\n";
    ScrapeManager manager = start(jobs);
    await("the target", () -> manager.targets().active().size() == 1);

    Files.writeString(file, "[{\"targets\": [\"h:1\"]}]" + " ".repeat(300_000));
    await("a refusal", () -> refusals(MemoryBound.TARGETS) > 0);

    assertThat(manager.targets().active()).hasSize(1);
    assertThat(manager.targets().problems())
        .singleElement()
        .asString()
        .contains("t.json: 300022 bytes, expected at most 262144");
  }

  private ScrapeManager start(String jobs) {
    var scheduler = new ThreadJobs();
    var clients = new Clients(InstantSource.system());
    var options =
        new ScrapeOptions(
            "test", "pharos.example", 1 << 20, 2, 0, ScrapeOptions.TokenRejectionListener.NONE);
    var manager =
        new ScrapeManager(
            config(jobs),
            storage,
            InstantSource.system(),
            clients,
            registry,
            observationGaps,
            new TimeContinuity(InstantSource.system(), observationGaps),
            scheduler,
            new LoopRegistry(InstantSource.system(), System::nanoTime, registry),
            options,
            budgets,
            ArrivalListener.IGNORED);
    open.add(scheduler);
    open.add(clients);
    open.add(manager);
    manager.start();
    return manager;
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for " + what).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  /// The only target after its last scrape had the given result; the first scrapes may time out
  /// while the busy machine loads classes.
  private static TargetsSnapshot.ActiveTarget scraped(ScrapeManager manager, String error) {
    await("error " + error, () -> matches(manager.targets().active().getFirst(), error));
    return manager.targets().active().getFirst();
  }

  private static boolean matches(TargetsSnapshot.ActiveTarget target, String error) {
    return target.lastScrape() != null
        && (error.isEmpty() ? target.lastError().isEmpty() : target.lastError().contains(error));
  }

  @Test
  void start_target_isScrapedAndShown() throws Exception {
    FakeTarget target = target();
    target.body = "# TYPE m gauge\nm{a=\"b\"} 42\n";
    ScrapeManager manager = start(job("app", target, "params: {x: [y]}"));

    TargetsSnapshot.ActiveTarget shown = scraped(manager, "");
    assertThat(shown.health()).isEqualTo(TargetsSnapshot.Health.UP);
    assertThat(shown.lastError()).isEmpty();
    assertThat(shown.scrapePool()).isEqualTo("app");
    assertThat(shown.scrapeUrl()).hasToString("http://" + target.address() + "/metrics?x=y");
    assertThat(shown.globalUrl())
        .isEqualTo(
            "http://pharos.example:%s/metrics?x=y".formatted(target.address().split(":")[1]));
    assertThat(shown.metadata()).containsKey("m");
    assertThat(shown.scrapeInterval()).isEqualTo(Duration.ofMillis(300));
    assertThat(Samples.last(storage, "m")).isEqualTo(42);
    assertThat(Samples.labels(storage, "up"))
        .containsExactly(Labels.of("instance", target.address(), "job", "app"));
    assertThat(manager.scrapePools()).containsExactly("app");
    var request = target.requests.getFirst();
    assertThat(request.getFirst("X-Prometheus-Scrape-Timeout-Seconds")).isEqualTo("0.3");
    assertThat(request.getFirst("User-Agent")).isEqualTo("test");
    assertThat(request.getFirst("Accept")).startsWith("application/openmetrics-text");
    assertThat(request.getFirst("Accept-Encoding")).isEqualTo("gzip");
    assertThat(registry.get("prometheus_target_scrape_pool_targets").gauge().value()).isOne();
    assertThat(registry.get("prometheus_sd_discovered_targets").gauge().value()).isOne();
  }

  @Test
  void targets_secretParameters_areSentAndNotShown() throws Exception {
    FakeTarget target = target();
    target.body = "m 1\n";
    Files.writeString(directory.resolve("more.json"), "[{\"targets\":[\"drop:1\",\"bad:1\"]}]");
    ScrapeManager manager =
        start(
            job(
                "app",
                target,
                """
                params: {token: [hunter2], module: [http]}
                metrics_path: /page?api_key=hunter3
                relabel_configs:
                - {source_labels: [__address__], regex: "drop:1", action: drop}
                - {source_labels: [__address__], regex: "bad:1", target_label: __scheme__, replacement: ftp}
                file_sd_configs: [{files: [more.json]}]
                """));

    TargetsSnapshot.ActiveTarget shown = scraped(manager, "");
    assertThat(target.paths.getFirst())
        .isEqualTo("/page?api_key=hunter3&token=hunter2&module=http");
    assertThat(shown.scrapeUrl()).endsWith("/page?api_key=<secret>&token=<secret>&module=http");
    assertThat(manager.targets().toString())
        .doesNotContain("hunter")
        .contains("__param_token=\"<secret>\"", "__param_module=\"http\"");
    assertThat(manager.targets().dropped()).hasSize(1);
    assertThat(manager.targets().problems()).hasSize(1);
  }

  @Test
  void scrape_gzip_isInflatedAndBounded() throws Exception {
    FakeTarget good = target();
    good.gzip = true;
    good.body = "m 1\n".repeat(100_000);
    FakeTarget bomb = target();
    bomb.gzip = true;
    bomb.body = "m 1\n".repeat(400_000);
    ScrapeManager manager = start(job("good", good, "") + job("bomb", bomb, ""));

    scraped(manager, "");
    String expected = "body size limit exceeded: the body has more than 1048576 bytes";
    await("bomb", () -> matches(manager.targets().active().get(1), expected));
  }

  @Test
  void scrape_bodySizeLimit_isEnforcedWhileReading() throws Exception {
    FakeTarget target = target();
    target.body = "m 1\n".repeat(1000);
    TargetsSnapshot.ActiveTarget shown =
        scraped(start(job("a", target, "body_size_limit: 100B")), "body size limit exceeded");

    assertThat(shown.health()).isEqualTo(TargetsSnapshot.Health.DOWN);
    assertThat(shown.lastError()).contains("100 bytes");
    assertThat(Samples.of(storage, "m")).isEmpty();
  }

  @Test
  void scrape_jsonWithStatus200_isDownAndSaysWhatWasFound() throws Exception {
    FakeTarget target = target();
    target.contentType = "application/json; charset=utf-8";
    target.body = "{\"code\":401,\"msg\":\"token is missing\"}";
    TargetsSnapshot.ActiveTarget shown = scraped(start(job("a", target, "")), "line 1");

    assertThat(shown.health()).isEqualTo(TargetsSnapshot.Health.DOWN);
    assertThat(shown.lastError())
        .contains("line 1, column 8", "found \":\"", "expected \"=\"")
        .contains("the Content-Type was \"application/json; charset=utf-8\"");
    await("up", () -> Samples.last(storage, "up") == 0);
  }

  @Test
  void scrape_badStatus_isDown() throws Exception {
    FakeTarget target = target();
    target.status = 503;

    assertThat(scraped(start(job("a", target, "")), "status").lastError())
        .isEqualTo("server returned HTTP status 503, expected 200");
  }

  @Test
  void scrape_pageThatBreaksOff_isDown_inPlainWords() throws Exception {
    FakeTarget target = target();
    target.breaksOff = true;

    TargetsSnapshot.ActiveTarget shown = scraped(start(job("a", target, "")), "too early");
    assertThat(shown.lastError())
        .isEqualTo("http://" + target.address() + "/metrics: the body ends 6 bytes too early");
  }

  @Test
  void scrape_pageWithTimes_showsHowFarTheyAreAway() throws Exception {
    FakeTarget target = target();
    target.body = "a 1 " + (System.currentTimeMillis() - 3_600_000) + "\n";
    ScrapeManager manager = start(job("a", target, ""));

    await("scrapes", () -> target.requests.size() >= 3);
    assertThat(manager.targets().active().getFirst().skew())
        .isBetween(Duration.ofMinutes(-61), Duration.ofMinutes(-59));
  }

  @Test
  void scrape_closedPort_isDown() throws Exception {
    FakeTarget target = target();
    String job = job("a", target, "");
    target.close();

    TargetsSnapshot.ActiveTarget shown = scraped(start(job), "can't connect");
    assertThat(shown.lastError()).doesNotContain("null");
    assertThat(shown.health()).isEqualTo(TargetsSnapshot.Health.DOWN);
  }

  @Test
  void scrape_unknownHost_isDown() {
    TargetsSnapshot.ActiveTarget shown =
        scraped(
            start("- {job_name: a, static_configs: [{targets: ['no-such-host.invalid:1']}]}"),
            "no");

    assertThat(shown.health()).isEqualTo(TargetsSnapshot.Health.DOWN);
  }

  @Test
  void scrape_slowTarget_timesOutAndDelaysNoOther() throws Exception {
    FakeTarget slow = target();
    slow.hang = true;
    FakeTarget fast = target();
    ScrapeManager manager = start(job("slow", slow, "") + job("fast", fast, ""));

    await("scrapes", () -> fast.requests.size() >= 5 && slow.requests.size() >= 3);
    assertThat(manager.targets().active().getFirst().lastError())
        .contains("no complete answer within the timeout of 300ms");
    List<String> up = Samples.of(storage, "up", "job", "fast");
    long first = Long.parseLong(up.get(1).split("@")[1]);
    long last = Long.parseLong(up.getLast().split("@")[1]);
    assertThat((double) (last - first) / (up.size() - 2)).isCloseTo(300, within(100.0));
    assertThat(up.getLast()).startsWith("1@");
  }

  @Test
  void scrape_credentialsFile_isReadEachTime() throws Exception {
    FakeTarget target = target();
    Path token = directory.resolve("token");
    Files.writeString(token, "one\n");
    ScrapeManager manager = start(job("a", target, "authorization: {credentials_file: token}"));
    await("one", () -> sent(target, "Bearer one"));
    Files.writeString(token, "two");
    await("two", () -> sent(target, "Bearer two"));
    Files.delete(token);
    await("error", () -> lastError(manager).contains("unable to read file " + token));
    Files.writeString(token, "secret\u0001");
    await("error", () -> lastError(manager).contains("characters that HTTP forbids"));
    assertThat(lastError(manager)).doesNotContain("secret");
  }

  private static String lastError(ScrapeManager manager) {
    return manager.targets().active().getFirst().lastError();
  }

  private static boolean sent(FakeTarget target, String authorization) {
    return target.requests.stream()
        .anyMatch(headers -> authorization.equals(headers.getFirst("Authorization")));
  }

  @Test
  void scrape_basicAuthAndHeaders_areSent() throws Exception {
    FakeTarget target = target();
    scraped(
        start(
            job(
                "a",
                target,
                "basic_auth: {username: me, password: pw}\n"
                    + "enable_compression: false\n"
                    + "http_headers: {X-Tenant: {values: [t]}}")),
        "");

    var request = target.requests.getFirst();
    assertThat(request.getFirst("Authorization")).isEqualTo("Basic bWU6cHc=");
    assertThat(request.getFirst("X-Tenant")).isEqualTo("t");
    assertThat(request.getFirst("Accept-Encoding")).isEqualTo("identity");
  }

  @Test
  void scrape_redirect_isFollowedWithoutCredentialsForOthers() throws Exception {
    FakeTarget from = target();
    FakeTarget to = target();
    from.location = "http://" + to.address() + "/moved";
    ScrapeManager manager =
        start(job("a", from, "bearer_token: t") + job("b", from, "follow_redirects: false"));

    assertThat(scraped(manager, "").health()).isEqualTo(TargetsSnapshot.Health.UP);
    assertThat(to.paths).contains("/moved");
    assertThat(to.requests).allSatisfy(h -> assertThat(h.getFirst("Authorization")).isNull());
    await("b", () -> manager.targets().active().get(1).lastError().contains("HTTP status 302"));

    from.location = "/metrics";
    await("loop", () -> lastError(manager).contains("stopped after 10 redirects"));
    from.location = "ftp://x/";
    await("ftp", () -> lastError(manager).contains("redirected to \"ftp://x/\""));
  }

  @Test
  void scrape_byAProxyWithAnAccessToken_isMade() throws Exception {
    FakeTarget proxy = target();
    FakeTarget tokens = target();
    tokens.body = "{\"access_token\": \"t1\", \"expires_in\": 3600}";
    ScrapeManager manager =
        start(
            """
            - job_name: far
              static_configs: [{targets: ['target.invalid:9100']}]
              proxy_url: http://%s
              oauth2: {client_id: me, client_secret: hush, token_url: 'http://%s/token'}
            """
                .formatted(proxy.address(), tokens.address()));

    assertThat(scraped(manager, "").health()).isEqualTo(TargetsSnapshot.Health.UP);
    assertThat(proxy.requests.getFirst().getFirst("Host")).isEqualTo("target.invalid:9100");
    assertThat(proxy.requests.getFirst().getFirst("Authorization")).isEqualTo("Bearer t1");
    assertThat(tokens.paths).containsOnly("/token");
  }

  @Test
  void scrape_withoutAnAccessToken_saysNothingOfTheTarget() throws Exception {
    FakeTarget target = target();
    FakeTarget tokens = target();
    String address = tokens.address();
    tokens.close();
    ScrapeManager manager =
        start(
            job(
                "app",
                target,
                "oauth2: {client_id: me, client_secret: hush, token_url: 'http://%s'}"
                    .formatted(address)));

    TargetsSnapshot.ActiveTarget shown = scraped(manager, "returned no access token");
    assertThat(shown.health()).isEqualTo(TargetsSnapshot.Health.UNKNOWN);
    assertThat(shown.lastError()).contains(address);
    assertThat(target.requests).isEmpty();
  }

  @Test
  void scrape_withCertificatesInTheConfiguration_isMade() throws Exception {
    SelfSigned named = SelfSigned.create(directory, "dns:target.example", 10);
    FakeTarget target = FakeTarget.secure(named.server());
    open.add(target);
    ScrapeManager manager =
        start(
            job(
                "app",
                target,
                "scheme: https\nscrape_interval: 2s\nscrape_timeout: 2s\n"
                    + "tls_config: {server_name: target.example, ca: %s, cert: %s, key: %s}"
                        .formatted(
                            quoted(named.certificate()),
                            quoted(named.certificate()),
                            quoted(named.key()))));

    assertThat(scraped(manager, "").health()).isEqualTo(TargetsSnapshot.Health.UP);
  }

  private static String quoted(Path pem) throws IOException {
    return '"' + Files.readString(pem).replace("\n", "\\n") + '"';
  }

  @Test
  void scrape_https_trustsWhatTheConfigurationSays() throws Exception {
    SelfSigned named = SelfSigned.create(directory, "dns:target.example", 10);
    FakeTarget target = FakeTarget.secure(named.server());
    open.add(target);
    String https = "scheme: https\nscrape_interval: 2s\nscrape_timeout: 2s\n";
    String ca = https + "tls_config: {ca_file: " + named.certificate();
    ScrapeManager manager =
        start(
            job("untrusted", target, https)
                + job("wrong-name", target, ca + "}")
                + job("named", target, ca + ", server_name: target.example}")
                + job("other-name", target, ca + ", server_name: other.example}")
                + job("blind", target, https + "tls_config: {insecure_skip_verify: true}")
                + job(
                    "client",
                    target,
                    https
                        + "tls_config: {insecure_skip_verify: true, cert_file: %s, key_file: %s}"
                            .formatted(named.certificate(), named.key()))
                + job("no-file", target, https + "tls_config: {ca_file: none.pem}"));

    await(
        "all", () -> manager.targets().active().stream().allMatch(one -> one.lastScrape() != null));
    List<TargetsSnapshot.ActiveTarget> shown = manager.targets().active();
    assertThat(shown)
        .extracting(one -> one.scrapePool() + " " + one.health())
        .containsExactly(
            "untrusted DOWN",
            "wrong-name DOWN",
            "named UP",
            "other-name DOWN",
            "blind UP",
            "client UP",
            "no-file UNKNOWN");
    assertThat(shown.get(3).lastError()).contains("not valid for other.example");
    assertThat(shown.get(6).lastError()).contains("unable to read file " + directory + "/none.pem");
  }

  @Test
  void reload_otherTargets_endsThoseThatAreGoneAndLeavesTheRest() throws Exception {
    FakeTarget stays = target();
    FakeTarget goes = target();
    ScrapeManager manager = start(job("stays", stays, "") + job("goes", goes, ""));
    await("both", () -> Samples.labels(storage, "up").size() == 2);

    manager.reload(config(job("stays", stays, "") + job("new", goes, "")));

    assertThat(Samples.of(storage, "up", "job", "goes").getLast()).startsWith("stale@");
    assertThat(Samples.of(storage, "up_metric", "job", "goes").getLast()).startsWith("stale@");
    assertThat(manager.scrapePools()).containsExactly("stays", "new");
    await("new", () -> Samples.last(storage, "up", "job", "new") == 1);
    assertThat(Samples.of(storage, "up", "job", "stays"))
        .noneSatisfy(sample -> assertThat(sample).startsWith("stale"));
    assertThat(registry.find("prometheus_target_scrape_pool_targets").gauges()).hasSize(2);

    manager.reload(config(job("stays", stays, "honor_labels: true") + job("new", goes, "")));
    int before = Samples.of(storage, "up", "job", "stays").size();
    await("more", () -> Samples.of(storage, "up", "job", "stays").size() > before);
    assertThat(Samples.of(storage, "up", "job", "stays"))
        .noneSatisfy(sample -> assertThat(sample).startsWith("stale"));
  }

  @Test
  void fileSd_changedFile_isNoticedWithoutAReload() throws Exception {
    FakeTarget target = target();
    Files.writeString(directory.resolve("t.json"), "[]");
    ScrapeManager manager =
        start("- {job_name: a, file_sd_configs: [{files: [t.json], refresh_interval: 100ms}]}");
    assertThat(manager.targets().active()).isEmpty();

    Files.writeString(
        directory.resolve("t.json"),
        "[{\"targets\": [\"%s\"], \"labels\": {\"host\": \"h\"}}]".formatted(target.address()));
    await("up", () -> Samples.last(storage, "up", "host", "h") == 1);

    Files.writeString(directory.resolve("t.json"), "[]");
    await("end", () -> Samples.of(storage, "up", "host", "h").getLast().startsWith("stale"));
    assertThat(manager.targets().active()).isEmpty();

    Files.writeString(directory.resolve("t.json"), "[{");
    await("problem", () -> !manager.targets().problems().isEmpty());
  }

  @Test
  void targets_droppedLimitedAndInvalid_areShown() throws Exception {
    FakeTarget target = target();
    ScrapeManager manager =
        start(
            """
            - job_name: dropped
              keep_dropped_targets: 1
              static_configs: [{targets: ['a:1', 'b:1']}]
              relabel_configs: [{source_labels: [job], regex: dropped, action: drop}]
            - job_name: invalid
              static_configs: [{targets: ['bad_host:1']}]
            - job_name: limited
              target_limit: 1
              static_configs: [{targets: ['%s', 'localhost:%s']}]
            - job_name: twice
              static_configs: [{targets: ['%s', '%s']}]
            """
                .formatted(
                    target.address(),
                    target.address().split(":")[1],
                    target.address(),
                    target.address()));

    TargetsSnapshot snapshot = manager.targets();
    assertThat(snapshot.dropped()).hasSize(1);
    assertThat(snapshot.dropped().getFirst().scrapePool()).isEqualTo("dropped");
    assertThat(snapshot.problems())
        .singleElement()
        .satisfies(p -> assertThat(p).contains("job invalid", "bad_host"));
    assertThat(snapshot.active()).hasSize(3);
    await(
        "limit",
        () -> manager.targets().active().getFirst().lastError().contains("target_limit exceeded"));
    assertThat(snapshot.active().get(1).globalUrl()).startsWith("http://pharos.example:");
  }

  private static String asked(FakeTarget server, String more) {
    return "- job_name: asked\n  http_sd_configs: [{url: 'http://%s/sd', refresh_interval: 100ms%s}]\n"
        .formatted(server.address(), more);
  }

  private FakeTarget directoryOf(FakeTarget... targets) throws IOException {
    FakeTarget server = target();
    server.contentType = "application/json; charset=utf-8";
    server.body =
        Stream.of(targets)
            .map(
                it ->
                    "{\"targets\": [\"%s\"], \"labels\": {\"team\": \"a\"}}"
                        .formatted(it.address()))
            .collect(Collectors.joining(",", "[", "]"));
    return server;
  }

  @Test
  void httpDiscovery_targets_areScrapedAndKeptWhileTheServerFails() throws Exception {
    bound(MemoryBound.TARGETS, 10); // allows an answer of 256 KiB
    FakeTarget target = target();
    FakeTarget server = directoryOf(target);
    String url = "http://" + server.address() + "/sd";
    ScrapeManager manager = start(asked(server, ", authorization: {credentials: s3cret}"));

    await("up", () -> Samples.last(storage, "up") == 1);
    assertThat(manager.targets().active())
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.labels().get("team")).isEqualTo("a");
              assertThat(it.discoveredLabels().get("__meta_url")).isEqualTo(url);
            });
    assertThat(server.requests.getFirst().getFirst("Accept")).isEqualTo("application/json");
    assertThat(server.requests.getFirst().getFirst("X-Prometheus-Refresh-Interval-Seconds"))
        .isEqualTo("0.1");
    assertThat(server.requests.getFirst().getFirst("Authorization")).isEqualTo("Bearer s3cret");

    var faults = new LinkedHashMap<String, Runnable>();
    faults.put("status 500", () -> server.status = 500);
    faults.put("Content-Type \"text/html\"", () -> server.contentType = "text/html");
    faults.put("not a JSON list", () -> server.body = "{}");
    faults.put(
        "[0].labels.x: expected a string",
        () -> server.body = "[{\"targets\": [\"a:1\"], \"labels\": {\"x\": 1}}]");
    faults.put("target", () -> server.body = "[{\"target\": [\"a:1\"]}]");
    faults.put("more than", () -> server.body = "[" + " ".repeat(5_000_000) + "]");
    for (var fault : faults.entrySet()) {
      String good = server.body;
      fault.getValue().run();
      // A timeout of the server is a problem too, but not the expected one.
      await(
          fault.getKey(),
          () ->
              manager.targets().problems().stream()
                  .anyMatch(it -> it.startsWith(url + ": ") && it.contains(fault.getKey())));
      assertThat(manager.targets().active()).hasSize(1);
      server.status = 200;
      server.contentType = "application/json";
      server.body = good;
      await("the end of the problem", () -> manager.targets().problems().isEmpty());
    }
    assertThat(registry.get("prometheus_sd_http_failures").counter().count())
        .isGreaterThanOrEqualTo(6);

    server.body = "[]";
    await("no target", () -> manager.targets().active().isEmpty());
    assertThat(Samples.of(storage, "up").getLast()).startsWith("stale@");
  }

  @Test
  void httpDiscovery_otherConfiguration_keepsWhatStays() throws Exception {
    FakeTarget target = target();
    FakeTarget server = directoryOf(target);
    ScrapeManager manager = start(asked(server, ""));
    await("up", () -> Samples.last(storage, "up") == 1);

    FakeTarget more = target();
    manager.reload(
        config(
            asked(server, "")
                + "  static_configs: [{targets: ['%s']}]\n".formatted(more.address())));
    assertThat(manager.targets().active()).hasSize(2);

    manager.reload(config(job("asked", more, "")));
    assertThat(manager.targets().active()).hasSize(1);
    int requests = server.requests.size();
    await("a scrape", () -> more.requests.size() > 4);
    assertThat(server.requests.size()).isLessThanOrEqualTo(requests + 1);
  }

  @Test
  void close_running_writesNoMarkers() throws Exception {
    FakeTarget target = target();
    ScrapeManager manager = start(job("a", target, ""));
    await("up", () -> Samples.last(storage, "up") == 1);

    manager.close();

    assertThat(Samples.of(storage, "up").getLast()).startsWith("1@");
    int requests = target.requests.size();
    LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
    assertThat(target.requests).hasSize(requests);
  }
}
