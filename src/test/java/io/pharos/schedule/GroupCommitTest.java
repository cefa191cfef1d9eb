package io.pharos.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GroupCommitTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final AtomicLong nanos = new AtomicLong();
  private final LoopRegistry loops =
      new LoopRegistry(() -> Instant.EPOCH, nanos::get, new SimpleMeterRegistry());

  /// Announces each batch, and writes it when permitted.
  private static final class HeldWriter implements GroupCommit.Writer<Integer> {
    private final List<List<Integer>> batches = new ArrayList<>();
    private final Semaphore begun = new Semaphore(0);
    private final Semaphore may = new Semaphore(0);

    @Override
    public void write(List<GroupCommit.Entry<Integer>> batch) {
      begun.release();
      may.acquireUninterruptibly();
      batches.add(batch.stream().map(GroupCommit.Entry::value).toList());
    }
  }

  private GroupCommit<Integer> commit(int most, GroupCommit.Writer<Integer> writer) {
    return new GroupCommit<>("test", most, LONG, loops, writer);
  }

  @Test
  void add_duringAWrite_isWrittenWithTheNextInOrder() {
    var writer = new HeldWriter();
    try (var commit = commit(3, writer)) {
      var first = commit.add(0);
      writer.begun.acquireUninterruptibly();
      List<CompletableFuture<Void>> others =
          IntStream.rangeClosed(1, 5).mapToObj(commit::add).toList();
      assertThat(first).isNotDone();
      writer.may.release(4);
      first.join();
      others.forEach(CompletableFuture::join);
    }
    assertThat(writer.batches)
        .startsWith(List.of(0), List.of(1, 2, 3), List.of(4, 5))
        .allSatisfy(batch -> assertThat(batch).hasSizeLessThanOrEqualTo(3));
  }

  @Test
  void write_throwsWhatever_failsThatBatchAndGoesOn() {
    try (var commit =
        commit(
            1,
            batch -> {
              for (var entry : batch) {
                switch (entry.value()) {
                  case 1 -> throw new IOException("no disk");
                  case 2 -> throw new IllegalStateException("no state");
                  case 3 -> throw new OutOfMemoryError("no memory");
                  case 4 -> Thread.currentThread().interrupt();
                  default -> {}
                }
              }
            })) {
      assertThatThrownBy(commit.add(1)::join).hasCauseInstanceOf(IOException.class);
      assertThatThrownBy(commit.add(2)::join).hasCauseInstanceOf(IllegalStateException.class);
      assertThatThrownBy(commit.add(3)::join).hasCauseInstanceOf(OutOfMemoryError.class);
      commit.add(4).join();
      commit.add(5).join();
    }
  }

  @Test
  void write_failsOneEntryItself_countsTheOthersAsStored() {
    try (var commit =
        commit(
            10,
            batch ->
                batch.stream()
                    .filter(entry -> entry.value() < 0)
                    .forEach(
                        entry ->
                            entry.stored().completeExceptionally(new IOException("below zero"))))) {
      var bad = commit.add(-1);
      commit.add(1).join();
      assertThatThrownBy(bad::join).hasMessageContaining("below zero");
    }
  }

  @Test
  void close_writesWhatHasComeIn_andRefusesTheRest() {
    var writer = new HeldWriter();
    var commit = commit(10, writer);
    var first = commit.add(1);
    writer.begun.acquireUninterruptibly();
    var second = commit.add(2);
    writer.may.release(10);
    commit.close();
    assertThat(first).isCompleted();
    assertThat(second).isCompleted();
    assertThat(writer.batches).startsWith(List.of(1), List.of(2));
    assertThatThrownBy(commit.add(3)::join).hasCauseInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void write_withoutEntries_isCalledAtEveryInterval() throws Exception {
    var turns = new CountDownLatch(3);
    try (var _ =
        new GroupCommit<Integer>(
            "test",
            1,
            Duration.ofMillis(1),
            loops,
            batch -> {
              assertThat(batch).isEmpty();
              turns.countDown();
            })) {
      turns.await();
    }
    assertThat(turns.getCount()).isZero();
  }

  @Test
  void loop_whoseWriteHangs_standsStill_untilItIsClosed() {
    var writer = new HeldWriter();
    var commit = commit(1, writer);
    var _ = commit.add(1);
    writer.begun.acquireUninterruptibly();
    assertThat(loops.stalled()).isEmpty();
    nanos.addAndGet(Duration.ofHours(4).toNanos());
    assertThat(loops.stalled()).extracting(LoopRegistry.Stalled::name).containsExactly("test");
    writer.may.release(10);
    commit.close();
    assertThat(loops.stalled()).isEmpty();
  }
}
