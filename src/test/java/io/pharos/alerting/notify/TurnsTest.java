package io.pharos.alerting.notify;

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
class TurnsTest {
  private final VirtualTime time = new VirtualTime();
  private final Turns turns = new Turns(time);
  private final Semaphore integration = new Semaphore(10 * Turns.AT_ONCE);

  private List<Turns.Turn> takeAll() throws InterruptedException {
    var taken = new ArrayList<Turns.Turn>();
    for (int i = 0; i < Turns.AT_ONCE; i++) {
      taken.add(turns.take(integration));
    }
    return taken;
  }

  private Thread waiter() {
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                turns.take(integration);
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            });
  }

  @Test
  void take_allTaken_waitsForOneThatIsClosed() throws InterruptedException {
    List<Turns.Turn> taken = takeAll();
    Thread waiter = waiter();
    assertThat(waiter.join(Duration.ofMillis(20))).isFalse();
    taken.getFirst().close();
    waiter.join();
  }

  @Test
  void take_integrationBusy_leavesTheTurnToOthers() throws InterruptedException {
    var busy = new Semaphore(0);
    Thread waiter =
        Thread.ofVirtual().start(() -> assertThatThrownBy(() -> turns.take(busy)).isNotNull());
    takeAll();
    waiter.interrupt();
    waiter.join();
    assertThat(busy.availablePermits()).isZero();
  }

  @Test
  void take_allTakenByTheSlow_goesOnAfterAShortWhile() throws InterruptedException {
    takeAll();
    time.advance(Turns.SHORT_WHILE);
    assertThat(takeAll()).hasSize(Turns.AT_ONCE);
  }

  @Test
  void close_afterTheShortWhile_givesNothingBackTwice() throws InterruptedException {
    List<Turns.Turn> taken = takeAll();
    time.advance(Turns.SHORT_WHILE);
    takeAll();
    taken.forEach(Turns.Turn::close);
    Thread waiter = waiter();
    assertThat(waiter.join(Duration.ofMillis(20))).isFalse();
    waiter.interrupt();
    waiter.join();
  }
}
