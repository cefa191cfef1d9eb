package io.pharos.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FiguresTest {
  @TempDir Path folder;

  private static Figure figure(String name, double score, double error, double bytes) {
    return new Figure(name, "ns", score, error, 2 * score, bytes);
  }

  @Test
  void file_afterWriting_isReadAsItWas() throws Exception {
    var figures =
        new Figures(
            "2026-11-26, a machine.",
            List.of(figure("A.b", 12.34, Double.NaN, 0), figure("A.c targets=1", 1234, 0.5, 65.5)));
    Path file = folder.resolve("f.tsv");
    figures.write(file);

    assertThat(Figures.read(file)).contains(figures);
    assertThat(Figures.read(folder.resolve("none"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"A.b\tns\t1\t2\t3", "A.b\tns\t1\tx\t2\t3", "A.b ns 1 2 3 4"})
  void file_withAWrongLine_isRefusedWithItsPlace(String line) throws Exception {
    Path file = Files.writeString(folder.resolve("f.tsv"), "# here\n" + line + "\n");

    assertThatThrownBy(() -> Figures.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("f.tsv:2: found")
        .hasMessageContaining("expected");
  }

  @ParameterizedTest
  @CsvSource({"100, 10, 115, 4, true", "100, 10, 115, 5, false", "100, NaN, 900, 1, false"})
  void figure_outsideOfBothIntervals_differs(
      double score, double error, double other, double otherError, boolean differs) {
    Figure one = figure("A.b", score, error, 0);
    Figure two = figure("A.b", other, otherError, 0);

    assertThat(one.differsFrom(two)).isEqualTo(differs);
    assertThat(two.differsFrom(one)).isEqualTo(differs);
  }

  @Test
  void table_besideTheOneBefore_saysWhatIsOutsideOfTheIntervals() {
    var before =
        new Figures(
            "Yesterday.", List.of(figure("A.same", 100, 5, 48), figure("A.slower", 100, 5, 48)));
    var now =
        new Figures(
            "Today.",
            List.of(
                figure("A.new", 7, 1, 0),
                figure("A.same", 104, 5, 48.1),
                figure("A.slower", 250, 5, 96)));

    String table = now.table(Optional.of(before));

    assertThat(table.lines().map(String::strip))
        .anyMatch(line -> line.startsWith("A.new") && line.endsWith("new"))
        .anyMatch(line -> line.startsWith("A.same") && line.endsWith("100.0"))
        .anyMatch(
            line ->
                line.startsWith("A.slower")
                    && line.endsWith("100.0: 2.50 times as much; 48.00 bytes"))
        .contains(
            "1 of 3 differ in CPU by more than the intervals of both runs. Before: Yesterday.");
    assertThat(now.table(Optional.empty())).doesNotContain("differ").contains("A.slower");
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0.0012345, 0.001235", "1.23456, 1.235", "123.456, 123.5", "98765.4, 98765"})
  void number_ofAnySize_hasFourDigits(double value, String text) {
    assertThat(Figure.number(value)).isEqualTo(text);
  }

  @Test
  void words_thatAreNone_areRefused() {
    assertThat(Bench.Options.parse(List.of("--filter=Chunk,log", "--seconds=2", "--write")))
        .satisfies(
            options -> {
              assertThat(options.takes("Log.encode")).isTrue();
              assertThat(options.takes("Query.rangeOfRates")).isFalse();
              assertThat(options.seconds()).isEqualTo(2);
              assertThat(options.write()).isTrue();
            });
    for (String wrong :
        List.of(
            "--seconds=0", "--seconds=x", "--seconds=601", "--forks=", "fast", "--seconds=1e9")) {
      assertThatThrownBy(() -> Bench.Options.parse(List.of(wrong)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(wrong)
          .hasMessageContaining("expected");
    }
  }
}
