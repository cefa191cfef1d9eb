package io.pharos.server.web.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.LabelMatcher;
import io.pharos.server.web.query.EditorPlace.Label;
import io.pharos.server.web.query.EditorPlace.LabelValue;
import io.pharos.server.web.query.EditorPlace.Name;
import io.pharos.server.web.query.EditorPlace.Nothing;
import io.pharos.server.web.query.EditorPlace.Range;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Where the cursor `|` is in an expression.
class EditorPlaceTest {
  private static EditorPlace at(String text) {
    int cursor = text.indexOf('|');
    return EditorPlace.at(text.replace("|", ""), cursor);
  }

  private static String shown(EditorPlace place) {
    return switch (place) {
      case Name name -> "name " + name.word();
      case Label label -> "label " + label.word() + " of " + texts(label.matchers());
      case LabelValue value ->
          "value " + value.word() + " of " + value.label() + " in " + texts(value.matchers());
      case Range range -> "range " + range.word();
      case Nothing _ -> "nothing";
    };
  }

  private static List<String> texts(List<LabelMatcher> matchers) {
    return matchers.stream().map(LabelMatcher::toString).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "ra|                                  ; name ra",
        "sum by (job) (ra|te                  ; name ra",
        "|                                    ; `name `",
        "sum by (jo|) (up)                    ; label jo of []",
        "up / on (|                           ; `label  of []`",
        "group_left(x, in|                    ; label in of []",
        "up{|}                                ; `label  of [__name__=\"up\"]`",
        "up{job=\"a\",ins|                    ; label ins of [__name__=\"up\", job=\"a\"]",
        "up{job=~\"a(\",ins|                  ; label ins of [__name__=\"up\"]",
        "{job=\"a\", ins|                     ; label ins of [job=\"a\"]",
        "up{job=\"ap|i\"}                     ; value ap of job in [__name__=\"up\"]",
        "up{job!=\"x\",instance=~'|           ; `value  of instance in [__name__=\"up\", job!=\"x\"]`",
        "up{job=\"a b\\\"c|                   ; value a b\\\"c of job in [__name__=\"up\"]",
        "rate(up[5|                           ; range 5",
        "rate(up[|])                          ; `range `",
        "up # ra|                             ; nothing",
        "12|                                  ; nothing",
        "label_replace(up, \"a|               ; nothing",
        "up{job=\"}\"} + ra|                  ; name ra",
      })
  void place_ofACursor_isWhatMayComeThere(String text, String place) {
    assertThat(shown(at(text))).isEqualTo(place);
  }

  @Test
  void place_ofAnyText_isFound() {
    var random = new Random(7);
    String characters = "ab{}[]()\"'`=~!,#\\\n 1m|";
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder();
      for (int j = random.nextInt(24); j > 0; j--) {
        text.append(characters.charAt(random.nextInt(characters.length())));
      }
      int cursor = random.nextInt(30);
      EditorPlace place = EditorPlace.at(text.toString(), cursor);
      assertThat(place.from() + place.word().length()).isLessThanOrEqualTo(text.length());
    }
  }
}
