package io.pharos.alerting.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
class ConcurrencyLimiterTest {
  private final VirtualTime time = new VirtualTime();
  private final ConcurrencyLimiter limiter = new ConcurrencyLimiter(time);
  private final Semaphore integration = new Semaphore(10 * ConcurrencyLimiter.MAX_CONCURRENT);

  private List<ConcurrencyLimiter.Permit> takeAll() throws InterruptedException {
    var taken = new ArrayList<ConcurrencyLimiter.Permit>();
    for (int i = 0; i < ConcurrencyLimiter.MAX_CONCURRENT; i++) {
      taken.add(limiter.acquire(integration));
    }
    return taken;
  }

  private Thread waiter() {
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                limiter.acquire(integration);
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            });
  }

  @Test
  void acquire_allTaken_waitsForOneThatIsClosed() throws InterruptedException {
    List<ConcurrencyLimiter.Permit> taken = takeAll();
    Thread waiter = waiter();
    assertThat(waiter.join(Duration.ofMillis(20))).isFalse();
    taken.getFirst().close();
    waiter.join();
  }

  @Test
  void acquire_integrationBusy_leavesThePermitToOthers() throws InterruptedException {
    var busy = new Semaphore(0);
    Thread waiter =
        Thread.ofVirtual().start(() -> assertThatThrownBy(() -> limiter.acquire(busy)).isNotNull());
    takeAll();
    waiter.interrupt();
    waiter.join();
    assertThat(busy.availablePermits()).isZero();
  }

  @Test
  void acquire_allTakenByTheSlow_goesOnAfterTheLease() throws InterruptedException {
    takeAll();
    time.advance(ConcurrencyLimiter.LEASE);
    assertThat(takeAll()).hasSize(ConcurrencyLimiter.MAX_CONCURRENT);
  }

  @Test
  void close_afterTheLease_givesNothingBackTwice() throws InterruptedException {
    List<ConcurrencyLimiter.Permit> taken = takeAll();
    time.advance(ConcurrencyLimiter.LEASE);
    takeAll();
    taken.forEach(ConcurrencyLimiter.Permit::close);
    Thread waiter = waiter();
    assertThat(waiter.join(Duration.ofMillis(20))).isFalse();
    waiter.interrupt();
    waiter.join();
  }
}
