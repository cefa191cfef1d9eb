package io.pharos.rules.slo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.pharos.config.yaml.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

class SloFileTest {
  private static final Path FOLDER = Path.of("slos");

  @TempDir Path folder;

  private static String latency() throws Exception {
    return Files.readString(FOLDER.resolve("remotegpu-api-latency.yml"));
  }

  @Test
  void shippedObjectives_areRead() {
    List<Slo> slos =
        SloFile.readAll(
            List.of(
                FOLDER.resolve("remotegpu-api-availability.yml"),
                FOLDER.resolve("remotegpu-api-latency.yml")));
    assertThat(slos)
        .extracting(Slo::name)
        .containsExactly("remotegpu-api-availability", "remotegpu-api-latency");
    assertThat(slos.getFirst().target()).isEqualByComparingTo("0.995");
    assertThat(slos.getFirst().signals())
        .extracting(Signal::name, Signal::job, Signal::countsGood)
        .containsExactly(
            tuple("http", "remotegpu-backend", false), tuple("envelope", "remotegpu-tap", false));
    assertThat(slos.getLast().signals()).extracting(Signal::countsGood).containsExactly(true);
  }

  @Test
  void text_ofAGoodFile_isRead() throws Exception {
    Slo slo = SloFile.parse("slos/x.yml", latency());

    assertThat(slo.name()).isEqualTo("remotegpu-api-latency");
    assertThat(slo.target()).isEqualByComparingTo("0.99");
    assertThat(slo.signals()).singleElement().satisfies(it -> assertThat(it.countsGood()).isTrue());
  }

  @Test
  void indicatorsOfOneName_areRefused() throws Exception {
    String text = Files.readString(FOLDER.resolve("remotegpu-api-availability.yml"));

    assertThatThrownBy(
            () -> SloFile.parse("slos/x.yml", text.replace("name: envelope", "name: http")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("another indicator has the name http");
  }

  /// One edit of a valid file and its error; | stands for a line break.
  @ParameterizedTest
  @CsvFileSource(resources = "/rules/slo-edits.csv", delimiter = ';', numLinesToSkip = 1)
  void edit_isRefusedWithItsPlace(String from, String to, String message) throws Exception {
    String text = latency();
    String edited = text.replace(from, to == null ? "" : to.replace("|", "\n"));
    assertThat(edited).as("the edit changes something").isNotEqualTo(text);
    var refused =
        catchThrowableOfType(ConfigException.class, () -> SloFile.parse("slos/x.yml", edited));
    assertThat(refused).as(edited).isNotNull();
    assertThat(refused.problems())
        .anySatisfy(problem -> assertThat(problem.toString()).contains(message))
        .allSatisfy(problem -> assertThat(problem.toString()).startsWith("slos/x.yml:"));
  }

  @Test
  void severalMistakes_areToldAtOnce() throws Exception {
    String text = latency().replace("30d\n", "7d\n").replace("target: 0.99", "target: 0.5");
    var refused =
        catchThrowableOfType(ConfigException.class, () -> SloFile.parse("slos/x.yml", text));
    assertThat(refused.problems()).hasSize(2);
  }

  @Test
  void nameOfAnotherFile_isRefused() throws Exception {
    Path a = Files.writeString(folder.resolve("a.yml"), latency());
    Path b = Files.writeString(folder.resolve("b.yml"), latency());
    assertThatThrownBy(() -> SloFile.readAll(List.of(a, b)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("a.yml already has the name remotegpu-api-latency");
  }
}
