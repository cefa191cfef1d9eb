package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The clock of the machine is set an hour ahead and an hour back, while all is well and while an
/// alert fires. Debian's `faketime` does it to the process alone.
@Tag("nightly")
class ClockJumpIT {
  private static final Duration SOON = Duration.ofSeconds(90);

  @TempDir Path folder;
  private Path offset;
  private PharosProcess pharos;
  private StormReceiver receiver;
  private ShopBackend shop;

  @BeforeEach
  void needsFaketime() {
    assumeTrue(library().isPresent(), "faketime is not installed");
  }

  @AfterEach
  void stop() {
    Stream.<@Nullable AutoCloseable>of(pharos, receiver, shop)
        .filter(Objects::nonNull)
        .forEach(
            it -> {
              try {
                it.close();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
  }

  @Test
  void anHourAhead_tellsNothing_andAnAlertThatFiresGoesOnFiring() throws Exception {
    start("+0s");
    settle();
    set("+3600s");
    settle();
    assertThat(receiver.states()).as("nothing is wrong but the clock").isEmpty();

    shop.stop();
    told("firing ShopDown");
    set("+7200s");
    settle();
    assertThat(receiver.missing(Set.of("resolved ShopDown"))).as("it still is down").isNotEmpty();

    shop.start();
    told("resolved ShopDown");
    settle();
    assertThat(receiver.states()).containsExactly("firing ShopDown", "resolved ShopDown");
    assertThat(receiver.messages()).isEqualTo(2);
  }

  @Test
  void anHourBack_isTrouble_andEndsNoAlert() throws Exception {
    start("+0s");
    settle();
    shop.stop();
    told("firing ShopDown");
    set("-3600s");
    told("firing PharosInTrouble");
    settle();
    assertThat(receiver.missing(Set.of("resolved ShopDown"))).as("it still is down").isNotEmpty();
    assertThat(pharos.get("/trouble").body()).contains("clock");

    set("+10s"); // the clock has caught up
    told("resolved PharosInTrouble");
    shop.start();
    told("resolved ShopDown");
    settle();
    assertThat(receiver.states())
        .containsExactly(
            "firing PharosInTrouble",
            "firing ShopDown",
            "resolved PharosInTrouble",
            "resolved ShopDown");
    assertThat(receiver.messages()).isEqualTo(4);
  }

  @Test
  void anHourBackWhileItWasAway_isTrouble_andEndsNoAlert() throws Exception {
    start("+3600s");
    settle();
    shop.stop();
    told("firing ShopDown");
    // What is killed before it has noted that it told is told again.
    var _ = pharos.await("a note of it", Duration.ofMinutes(1), pharos::hasToldAll);
    pharos.kill();

    set("+0s");
    launch();
    told("firing PharosInTrouble");
    settle();
    assertThat(receiver.states()).containsExactly("firing PharosInTrouble", "firing ShopDown");
    assertThat(receiver.messages()).as("nothing is told again").isEqualTo(2);
    assertThat(pharos.get("/trouble").body()).contains("clock");
    assertThat(pharos.get("/api/v1/targets").body()).contains("\"health\":\"unknown\"");

    set("+3610s"); // the clock has caught up
    told("resolved PharosInTrouble");
    /* The restarted rules evaluate again once the observation gap is over. A fault that ends before
     * that was never seen by them: its alert ends at the end time that the notifier has, minutes later. */
    var _ =
        pharos.await(
            "the alert in the rules",
            SOON,
            () -> pharos.get("/api/v1/alerts").body().contains("\"state\":\"firing\""));
    shop.start();
    told("resolved ShopDown");
    assertThat(receiver.messages()).isEqualTo(4);
  }

  private void start(String firstOffset) throws Exception {
    offset = folder.resolve("offset");
    set(firstOffset);
    receiver = new StormReceiver();
    int port = PharosProcess.freePort();
    shop = new ShopBackend(port);
    Path _ = new Storm(receiver).configuration(folder);
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s}
        rule_files: [rules.yml]
        scrape_configs:
          - {job_name: shop, static_configs: [{targets: ['127.0.0.1:%d']}]}
        """
            .formatted(port));
    Files.writeString(
        folder.resolve("rules.yml"),
        """
        groups:
          - name: shop
            rules:
              - {alert: ShopDown, expr: 'up == 0', for: 6s, labels: {severity: critical}}
              - {alert: ShopAbsent, expr: absent(up), for: 6s, labels: {severity: critical}}
              - {alert: ShopIdle, expr: 'rate(http_request_duration_seconds_count[20s]) == 0', for: 6s}
        """);
    launch();
    /* On a machine with much else to do the first scrapes through the library take longer than they
     * may: the shop is down then, that is told, and so is its end. None of it is the clock's. */
    var _ = pharos.await("the shop being well", Duration.ofMinutes(2), this::isWell);
    receiver.forget();
  }

  /* What was received is read last: a message on its way while the others are asked is seen by none. */
  private boolean isWell() {
    return !pharos.query("min_over_time(up[10s]) == 1").isEmpty()
        && pharos.query("ALERTS").isEmpty()
        && pharos.hasToldAll()
        && receiver.hasToldEnds();
  }

  private void launch() throws Exception {
    int web = PharosProcess.freePort();
    pharos =
        PharosProcess.serveBy(
            List.of(
                "env",
                "LD_PRELOAD=" + library().orElseThrow(),
                "FAKETIME_TIMESTAMP_FILE=" + offset,
                "FAKETIME_CACHE_DURATION=1",
                "FAKETIME_DONT_FAKE_MONOTONIC=1",
                "FAKETIME_DISABLE_SHM=1" // a process that is killed leaves a lock in it
                ),
            folder,
            web);
    // Each look at the clock goes through the library: a start takes several times as long.
    var _ = pharos.await("being ready", Duration.ofMinutes(4), pharos::isReady);
  }

  private static Optional<Path> library() {
    try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
      return folders
          .map(it -> it.resolve("faketime/libfaketimeMT.so.1"))
          .filter(Files::exists)
          .findFirst();
    } catch (IOException _) { // no such folder: not installed either
      return Optional.empty();
    }
  }

  /* In one step, since the library reads the file at any moment. */
  private void set(String text) throws IOException {
    Path fresh = Files.writeString(folder.resolve("offset.new"), text);
    var _ = Files.move(fresh, offset, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void settle() throws InterruptedException {
    TimeUnit.SECONDS.sleep(10);
  }

  private void told(String state) throws Exception {
    var _ =
        pharos.await("the message " + state, SOON, () -> receiver.missing(Set.of(state)).isEmpty());
  }
}
