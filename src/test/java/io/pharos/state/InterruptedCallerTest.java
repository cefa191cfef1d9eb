package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.oncall.schedule.DutyOverride;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An interrupted caller must not close the embedded database: the file of a thread that is
/// interrupted during an access is closed for all.
class InterruptedCallerTest {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00Z");

  private static DutyOverride override(int number) {
    return new DutyOverride(
        "o" + number, "backend", T, T.plusSeconds(60), "lead", "", false, "", "lead", T);
  }

  @Test
  void writesAndReads_ofInterruptedCallers_succeed(@TempDir Path folder) throws Exception {
    try (Store store = Store.open(new StoreConfig.Embedded(folder))) {
      var written = new AtomicInteger();
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 0; i < 300; i++) {
                      Thread.currentThread().interrupt();
                      store.overrides().put(override(i));
                      written.incrementAndGet();
                      assertThat(Thread.interrupted()).isTrue();
                    }
                  });
      while (writer.isAlive()) {
        writer.interrupt();
        Thread.sleep(1);
      }
      assertThat(written).hasValue(300);
      assertThat(store.overrides().all()).hasSize(300);
      Thread.currentThread().interrupt();
    }
    assertThat(Thread.interrupted()).isTrue();
    try (Store again = Store.open(new StoreConfig.Embedded(folder))) {
      assertThat(again.overrides().all()).hasSize(300);
    }
  }
}
