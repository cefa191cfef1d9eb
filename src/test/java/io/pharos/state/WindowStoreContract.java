package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.oncall.window.StoredWindow;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The contract of all stores of maintenance windows.
abstract class WindowStoreContract {
  abstract Store store();

  @BeforeEach
  void empty() {
    store().windows().all().forEach(it -> store().windows().delete(it.name()));
  }

  private static StoredWindow window(String name, String text) {
    return new StoredWindow(name, text, "lead", Instant.parse("2026-03-01T00:00:00.000001Z"));
  }

  @Test
  void window_isRead_asItWasStored_sortedByName() {
    assertThat(store().windows().all()).isEmpty();
    store().windows().put(window("b", "{\"duration\": \"1h\"}"));
    store().windows().put(window("a", "x".repeat(8_000)));
    assertThat(store().windows().all())
        .containsExactly(window("a", "x".repeat(8_000)), window("b", "{\"duration\": \"1h\"}"));
  }

  @Test
  void window_withTheSameName_isReplaced() {
    store().windows().put(window("a", "old"));
    store().windows().put(window("a", "new"));
    assertThat(store().windows().all()).containsExactly(window("a", "new"));
  }

  @Test
  void window_isDeleted_once() {
    store().windows().put(window("a", "text"));
    assertThat(store().windows().delete("x")).isFalse();
    assertThat(store().windows().delete("a")).isTrue();
    assertThat(store().windows().delete("a")).isFalse();
  }
}
