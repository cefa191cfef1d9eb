package io.pharos.config.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionTest {
  private static final List<String> KNOWN =
      List.of("receivers", "receiver", "route", "routes", "for", "summary", "critical", "warning");

  @ParameterizedTest
  @CsvSource({
    "recievers, receivers",
    "reciever, receiver",
    "rotue, route",
    "Routes, routes",
    "sumary, summary",
    "crit, critical", // short of half of it, but nothing else begins so
    "fro, for",
  })
  void nearest_aTypo_isWhatWasMeant(String wrong, String meant) {
    assertThat(Suggestion.nearest(wrong, KNOWN)).contains(meant);
  }

  @ParameterizedTest
  @CsvSource({"runbook_url", "x", "annotations", "''"})
  void nearest_anotherWord_isNothing(String wrong) {
    assertThat(Suggestion.nearest(wrong, KNOWN)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "reciever, receiver receivers",
    "route, route routes",
    "warn, warning",
    "ute, route routes",
    "runbook_url, ''",
    "x, ''",
  })
  void closest_aTypoOrAPart_isTheNearestWordsFirst(String wrong, String expected) {
    assertThat(String.join(" ", Suggestion.closest(wrong, KNOWN))).isEqualTo(expected);
    assertThat(Suggestion.closest("aaa", List.of("aab", "aac", "aad", "aae")))
        .containsExactly("aab", "aac", "aad");
  }

  @Test
  void of_aTypo_isASentenceToAppend() {
    assertThat(Suggestion.of("recievers", KNOWN)).isEqualTo(": did you mean \"receivers\"?");
    assertThat(Suggestion.of("x", KNOWN)).isEmpty();
  }
}
