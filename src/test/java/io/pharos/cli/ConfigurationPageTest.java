package io.pharos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigurationPageTest {
  private static final Path PAGE = Path.of("docs", "configuration.md");
  private static final Pattern WORD = Pattern.compile("`([a-z0-9_]+)`");

  @Test
  void page_isWhatTheProgramKnows() throws IOException {
    String text = ConfigurationPage.text();
    if (System.getProperty("pharos.write") != null) {
      Files.writeString(PAGE, text);
    }
    assertThat(Files.readString(PAGE))
        .as("write it anew: mvn test -Dtest=ConfigurationPageTest -Dpharos.write")
        .isEqualTo(text);
  }

  static Stream<OwnFile.Part> parts() {
    return OwnFile.parts().stream();
  }

  @ParameterizedTest
  @MethodSource("parts")
  void format_ofEachFile_tellsEveryKeyAndNoOther(OwnFile.Part part) throws IOException {
    String page = Files.readString(Path.of("docs", "format", part.file().document()));
    var told = new TreeSet<>(keys(page, part.heading()));
    if (told.isEmpty()) { // what holds lists and mappings stands in the text
      assertThat(part.keys())
          .allMatch(key -> page.contains(key + ":") || page.contains("`" + key + "`"));
      return;
    }
    if (part.isCheck()) {
      told.addAll(keys(page, "Checks"));
    }
    assertThat(told).isEqualTo(new TreeSet<>(part.keys()));
  }

  /// The words in the first column of the tables of keys under a heading, up to the next heading.
  private static List<String> keys(String page, String heading) {
    var keys = new ArrayList<String>();
    boolean here = false;
    boolean table = false;
    for (String line : page.split("\n")) {
      if (line.startsWith("#")) {
        here = line.replaceFirst("^#+ ", "").equals(heading);
      }
      table = line.startsWith("| key |") || (table && line.startsWith("|"));
      if (here && table) {
        Matcher word = WORD.matcher(line.split("\\|")[1]);
        while (word.find()) {
          keys.add(word.group(1));
        }
      }
    }
    return keys;
  }
}
