package io.pharos.server.web.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LedgerSearchTest {
  private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

  /// All deliveries, newest first.
  private final List<LedgerEntry> ledger = new ArrayList<>();

  private int queries;

  static LedgerEntry entry(String id, Instant decided, Delivery.Status status, Labels group) {
    var integration = new Integration.Id("on-call", "slack", 0);
    return new LedgerEntry(
        id,
        new NotificationLogEntry.Key("{}:" + group, integration),
        group,
        "firing",
        Notification.Reason.FIRST_NOTIFICATION,
        1,
        0,
        false,
        decided,
        status == Delivery.Status.PENDING ? null : decided.plusMillis(40),
        status,
        status == Delivery.Status.PENDING ? 0 : 1,
        status == Delivery.Status.PENDING ? "" : "200: ok",
        List.of());
  }

  private void add(int number, Instant decided, String service) {
    ledger.addFirst(
        entry("d" + number, decided, Delivery.Status.SENT, Labels.of("service", service)));
  }

  private List<LedgerEntry> answer(LedgerEntry.Query query) {
    queries++;
    return ledger.stream()
        .filter(one -> query.until().filter(one.decidedAt()::isAfter).isEmpty())
        .filter(one -> query.since().filter(one.decidedAt()::isBefore).isEmpty())
        .limit(query.limit())
        .toList();
  }

  private List<String> readAll(String text) {
    var ids = new ArrayList<String>();
    var search = new LedgerSearch("", "", text, Optional.empty(), Optional.empty(), 0);
    while (true) {
      LedgerSearch.Page page = search.run(this::answer);
      page.entries().forEach(one -> ids.add(one.deliveryId()));
      assertThat(page.entries()).hasSizeLessThanOrEqualTo(LedgerSearch.PAGE);
      if (page.older().isEmpty()) {
        return ids;
      }
      LedgerSearch.Cursor older = page.older().get();
      search =
          new LedgerSearch(
              "", "", text, Optional.empty(), Optional.of(older.until()), older.skip());
    }
  }

  @Test
  void pages_overTimesThatManyDeliveriesShare_showEachOnce() {
    for (int i = 0; i < 500; i++) {
      add(i, T0.plusSeconds(i / 130), "a");
    }
    assertThat(readAll(""))
        .containsExactlyElementsOf(ledger.stream().map(LedgerEntry::deliveryId).toList());
  }

  @Test
  void text_isSearchedInThousandsOfDeliveries_inBoundedSteps() {
    for (int i = 0; i < 3500; i++) {
      add(i, T0.plusSeconds(i), i % 700 == 0 ? "Shop" : "bank");
    }
    assertThat(readAll("shop")).containsExactly("d2800", "d2100", "d1400", "d700", "d0");
    assertThat(queries).isEqualTo(4);
    assertThat(readAll("nothing")).isEmpty();
  }

  @Test
  void lastPage_thatIsFull_leadsToNoEmptyPage() {
    for (int i = 0; i < LedgerSearch.PAGE; i++) {
      add(i, T0.plusSeconds(i), "a");
    }
    var page =
        new LedgerSearch("", "", "", Optional.empty(), Optional.empty(), 0).run(this::answer);
    assertThat(page.entries()).hasSize(LedgerSearch.PAGE);
    assertThat(page.older()).isEmpty();
  }
}
