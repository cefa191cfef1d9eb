package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pharos.callback.Callback;
import io.pharos.callback.Callbacks;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// The contract of all stores of callbacks.
abstract class CallbackStoreContract {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00.123Z");

  /// An open store with the current schema, the same one within a test.
  abstract Store store();

  private final String target = "t" + UUID.randomUUID();

  private Callbacks callbacks() {
    return store().callbacks();
  }

  private Callback fresh() {
    return Callback.first(
        Callback.Kind.GITHUB_STATUS, target, "k" + UUID.randomUUID(), "", "s", "e", "key", T);
  }

  private static Callback.Message message(String word) {
    return new Callback.Message(word, "gate", "/path", "{\"state\":\"" + word + "\"}");
  }

  /// A callback that must be delivered.
  private Callback pending() {
    Callback first = fresh().withMessage(message("running"), T);
    assertThat(callbacks().plan(List.of(first), List.of())).isTrue();
    return first;
  }

  private Callback claimed(Callback callback) {
    return callbacks().claim(callback, T, T.plusSeconds(60)).orElseThrow();
  }

  private List<Callbacks.Change> changesOf(String key) {
    return callbacks().changes(10_000).stream()
        .filter(it -> it.deploymentKey().equals(key))
        .toList();
  }

  @Test
  void facts_areNotedOnceEach_withTheirTransaction() {
    var deployments = store().deployments();
    String key = "k" + UUID.randomUUID();
    var deployment = Deployment.begin(GateStoreContract.announcement(key, "v1"), T);
    deployments.put(deployment);
    assertThat(changesOf(key)).hasSize(1);
    deployments.put(deployment);
    assertThat(changesOf(key)).as("nothing changed").hasSize(1);
    deployments.finish(key, DeploymentStatus.FAILED, T);
    deployments.finish(key, DeploymentStatus.FAILED, T);
    assertThat(changesOf(key)).hasSize(2);
  }

  @Test
  void plan_savesMessagesAndForgetsTheirChanges_orNothing() {
    String key = "k" + UUID.randomUUID();
    store().deployments().put(Deployment.begin(GateStoreContract.announcement(key, "v1"), T));
    Callback first = pending();
    assertThat(callbacks().find(first.id())).contains(first);
    Callback second = first.withMessage(message("passed"), T.plusSeconds(1));
    Callback overtaken = second.withMessage(message("failed"), T); // of an unknown revision
    assertThat(callbacks().plan(List.of(overtaken), changesOf(key))).isFalse();
    assertThat(changesOf(key)).hasSize(1);
    assertThat(callbacks().find(first.id())).contains(first);
    assertThat(callbacks().plan(List.of(second), changesOf(key))).isTrue();
    assertThat(changesOf(key)).isEmpty();
    assertThat(callbacks().find(first.id())).contains(second);
    assertThat(callbacks().plan(List.of(second), List.of())).as("twice").isFalse();
  }

  @Test
  void add_twice_keepsTheFirst() {
    Callback callback = fresh();
    assertThat(callbacks().add(callback)).isTrue();
    assertThat(callbacks().add(callback.withMessage(message("x"), T))).isFalse();
    assertThat(callbacks().find(callback.id())).contains(callback);
  }

  @Test
  void claim_ofManyAtOnce_isOnes() throws Exception {
    Callback callback = pending();
    var claims = new ArrayList<Future<Boolean>>();
    try (var executor = Executors.newFixedThreadPool(6)) {
      for (int i = 0; i < 6; i++) {
        claims.add(
            executor.submit(() -> callbacks().claim(callback, T, T.plusSeconds(60)).isPresent()));
      }
    }
    int taken = 0;
    for (var claim : claims) {
      taken += claim.get() ? 1 : 0;
    }
    assertThat(taken).isEqualTo(1);
    assertThat(callbacks().claim(callback, T.plusSeconds(60), T.plusSeconds(120)))
        .as("the claim is over")
        .hasValueSatisfying(it -> assertThat(it.attempts()).isEqualTo(2));
  }

  @Test
  void due_isWhatMayBeToldNow_oldestFirst() {
    Callback callback = pending();
    assertThat(callbacks().due(T.minusMillis(1), Set.of(), 10_000)).doesNotContain(callback);
    assertThat(callbacks().due(T, Set.of(), 10_000)).contains(callback);
    assertThat(callbacks().due(T, Set.of(target, "other"), 10_000)).doesNotContain(callback);
    Callback taken = claimed(callback);
    assertThat(callbacks().due(T, Set.of(), 10_000)).doesNotContain(taken);
    callbacks().finish(taken, new Callbacks.Outcome.Later("HTTP 500", "", T.plusSeconds(5)), T);
    assertThat(callbacks().due(T.plusSeconds(4), Set.of(), 10_000)).noneMatch(this::isMine);
    assertThat(callbacks().due(T.plusSeconds(5), Set.of(), 10_000))
        .filteredOn(this::isMine)
        .singleElement()
        .satisfies(it -> assertThat(it.answer()).isEqualTo("HTTP 500"));
  }

  private boolean isMine(Callback callback) {
    return callback.target().equals(target);
  }

  @Test
  void told_isInTheLedger_andANewerMessageStaysToBeTold() {
    Callback taken = claimed(pending());
    Callback newer = taken.withMessage(message("passed"), T.plusSeconds(1));
    assertThat(callbacks().plan(List.of(newer), List.of())).isTrue();
    callbacks()
        .finish(
            taken,
            new Callbacks.Outcome.Told("HTTP 201", "17", Callback.Status.TOLD),
            T.plusSeconds(2));
    Callback after = callbacks().find(taken.id()).orElseThrow();
    assertThat(after.status()).isEqualTo(Callback.Status.PENDING);
    assertThat(after.message().word()).isEqualTo("passed");
    assertThat(after.told()).isEqualTo("running");
    assertThat(after.remoteId()).isEqualTo("17");
    assertThat(after.claimedUntil()).isEqualTo(Instant.EPOCH);
    Callback again = callbacks().claim(after, T.plusSeconds(3), T.plusSeconds(63)).orElseThrow();
    callbacks().finish(again, new Callbacks.Outcome.Failed("HTTP 422 \0"), T.plusSeconds(4));
    assertThat(callbacks().ledger(taken.id()))
        .extracting(Callbacks.Entry::word, Callbacks.Entry::status, Callbacks.Entry::answer)
        .containsExactly(
            tuple("running", Callback.Status.TOLD, "HTTP 201"),
            tuple("passed", Callback.Status.FAILED, "HTTP 422 ?"));
    assertThat(callbacks().open())
        .filteredOn(it -> it.target().equals(target))
        .containsExactly(
            new Callbacks.Count(
                target, Callback.Kind.GITHUB_STATUS, Callback.Status.FAILED, 1, T.plusSeconds(1)));
    assertThat(callbacks().newest(Callback.Status.FAILED, 10_000)).anyMatch(this::isMine);
    assertThat(callbacks().newest(Callback.Status.TOLD, 10_000)).noneMatch(this::isMine);
  }

  @Test
  void releaseAll_letsGoOfWhatAnotherProcessHad() {
    Callback taken = claimed(pending());
    assertThat(callbacks().due(T, Set.of(), 10_000)).noneMatch(this::isMine);
    callbacks().releaseAll();
    assertThat(callbacks().due(T, Set.of(), 10_000)).anyMatch(it -> it.id().equals(taken.id()));
  }
}
