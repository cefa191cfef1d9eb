package io.pharos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A mistake at the command line, from mistakes.txt.
///
/// @param line the command line after `pharos`
/// @param pattern a regular expression that the answer contains
public record Mistake(String line, int code, String pattern) {
  private static final Pattern CLASS = Pattern.compile("[a-z]+\\.[a-z]+\\.[A-Za-z.$]*[A-Z]\\w+");
  private static final Pattern TRACE =
      Pattern.compile("Exception|\\n\\s+at |kill -9|SRCFG|Quarkus");

  /// Returns all mistakes of the file.
  public static List<Mistake> all() throws IOException {
    String text = Files.readString(Path.of("src/test/resources/cli/mistakes.txt"));
    return Stream.of(text.split("(?m)^\\$ "))
        .skip(1)
        .map(block -> block.split("\n", 2))
        .map(
            parts -> {
              String[] answer = parts[1].strip().split(" ", 2);
              return new Mistake(parts[0], Integer.parseInt(answer[0]), answer[1]);
            })
        .toList();
  }

  /// Returns the words, with values for the names in braces.
  public List<String> words(Map<String, String> values) {
    String words = line;
    for (var value : values.entrySet()) {
      words = words.replace("{" + value.getKey() + "}", value.getValue());
    }
    return List.of(words.split(" "));
  }

  /// Checks an answer.
  public void check(int actual, String answer, Map<String, String> values) {
    String expected = pattern;
    for (var value : values.entrySet()) {
      expected =
          expected.replace("{" + value.getKey() + "}", Matcher.quoteReplacement(value.getValue()));
    }
    assertThat(answer).as(line).containsPattern(expected);
    assertThat(actual).as(answer).isEqualTo(code);
    assertThat(answer.strip().lines().count()).as(answer).isBetween(1L, 2L);
    assertThat(answer).doesNotContainPattern(CLASS).doesNotContainPattern(TRACE);
  }

  @Override
  public String toString() {
    return line;
  }
}
