package io.pharos.server.web.language;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The dictionary of the pages: each text is used, translated once, and with the words that the
/// messages use too.
class PageDictionaryTest {
  private static final Path MAIN = Path.of("src", "main");
  private static final Path FILE = MAIN.resolve(Path.of("resources", "pages", "zh.tsv"));
  private static final Path ASSETS =
      MAIN.resolve(Path.of("resources", "META-INF", "resources", "assets"));

  /// How many texts of the program a part of a key may consist of.
  private static final int MAX_PARTS = 3;

  /// Days and months are Java's words.
  private static final Pattern DATE = Pattern.compile("^[A-Z][a-z]{2} \\{|^\\{#} [A-Z][a-z]{2}$");

  /// The one Chinese word for each English one.
  private static final Map<String, String> TERMS =
      Map.ofEntries(
          Map.entry("silences|silenced|silencing|a silence", "静默"),
          Map.entry("inhibit(s|ed)", "抑制"),
          Map.entry("receivers?", "接收器"),
          Map.entry("runbooks?", "处理手册"),
          Map.entry("dashboards?", "仪表盘"),
          Map.entry("incidents?", "事件"),
          Map.entry("gates?", "门禁"),
          Map.entry("probes?", "探测"),
          Map.entry("rollouts?", "放量"),
          Map.entry("heartbeats?", "心跳"),
          Map.entry("baseline", "基线"),
          Map.entry("matchers?", "匹配器"),
          Map.entry("ledger", "投递记录"),
          Map.entry("deployments?", "部署"),
          Map.entry("verdict", "结论"),
          Map.entry("rules", "规则"));

  private static List<String[]> entries() throws IOException {
    return Files.readAllLines(FILE).stream()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split("\t", -1))
        .toList();
  }

  private static String text(Path folder, String... suffixes) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> Stream.of(suffixes).anyMatch(file.toString()::endsWith))
          .sorted()
          .map(PageDictionaryTest::read)
          .collect(joining("\n"));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void keys_areDistinct() throws IOException {
    assertThat(entries().stream().map(cells -> cells[0])).doesNotHaveDuplicates();
  }

  @Test
  void dictionary_ofTheProgram_isReadAsAWhole() throws IOException {
    assertThat(entries()).hasSizeGreaterThan(1_000);
    assertThat(PageWords.chinese().ofScripts()).containsEntry("live", "实时");
  }

  @Test
  void keys_areTextsOfTheProgram() throws IOException {
    String java =
        Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"")
            .matcher(text(MAIN.resolve("java"), ".java").replaceAll("\"\\s*\\+\\s*\"", ""))
            .results()
            .map(result -> result.group(1).replace("\\\"", "\""))
            .collect(joining("\n"));
    String templates =
        text(MAIN.resolve(Path.of("resources", "templates")), ".html")
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">");
    String program = (java + "\n" + templates + "\n" + text(ASSETS, ".js")).replaceAll("\\s+", " ");
    var unused = new ArrayList<String>();
    for (String[] cells : entries()) {
      if (DATE.matcher(cells[0]).find()) {
        continue;
      }
      for (String part : cells[0].split("\\{[#~]?\\}")) {
        if (parts(part.strip(), program) > MAX_PARTS) {
          unused.add(cells[0]);
          break;
        }
      }
    }
    assertThat(unused).isEmpty();
  }

  /// Returns of how many texts a part of a key consists, each as long as possible.
  private static int parts(String text, String program) {
    int parts = 0;
    int at = 0;
    while (at < text.length()) {
      int end = text.length();
      if (!program.contains(text.substring(at))) {
        int known = at;
        while (end - known > 1) {
          int middle = (known + end) / 2;
          if (program.contains(text.substring(at, middle))) {
            known = middle;
          } else {
            end = middle;
          }
        }
        end = known;
      }
      if (end < text.length() && end - at < 2) {
        return Integer.MAX_VALUE; // letters, not a text
      }
      at = Math.max(end, at + 1);
      parts++;
    }
    return parts;
  }

  @Test
  void keysOfScripts_standInAScriptOrComeFromOne() throws IOException {
    String scripts = text(ASSETS, ".js");
    String java = text(MAIN.resolve("java"), ".java");
    assertThat(entries().stream().filter(cells -> cells.length > 2))
        .allSatisfy(
            cells -> {
              assertThat(cells[2]).isEqualTo("script");
              assertThat(cells[1]).doesNotContainPattern("\\{[0-9]\\}");
              assertThat(
                      scripts.contains("'" + cells[0] + "'") || java.contains('"' + cells[0] + '"'))
                  .as(cells[0])
                  .isTrue();
            });
    var said = Pattern.compile("say\\('([^']*)'").matcher(scripts);
    while (said.find()) {
      assertThat(PageWords.chinese().ofScripts()).containsKey(said.group(1));
    }
  }

  @Test
  void translations_haveOneWordForEachTerm() throws IOException {
    var others = new ArrayList<String>();
    for (String[] cells : entries()) {
      TERMS.forEach(
          (english, chinese) -> {
            if (Pattern.compile("\\b(" + english + ")\\b", Pattern.CASE_INSENSITIVE)
                    .matcher(cells[0].replaceAll("/[a-zA-Z/.]+|pharos gate|<[^>]*>", ""))
                    .find()
                && !cells[1].contains(chinese)) {
              others.add(cells[0] + " → " + cells[1]);
            }
          });
    }
    assertThat(others).isEmpty();
  }

  /// As in the Chinese messages: full-width punctuation after Chinese, and a space between Chinese
  /// and Latin letters or digits.
  @Test
  void translations_areSetAsTheMessagesAre() throws IOException {
    var badly =
        Pattern.compile(
            "[\\u4e00-\\u9fff][,;:?!()]|[\\u4e00-\\u9fff][A-Za-z0-9]|[A-Za-z0-9][\\u4e00-\\u9fff]|[\\u4e00-\\u9fff] [\\u4e00-\\u9fff]|[，。；：、] ");
    assertThat(entries().stream().map(cells -> cells[1]))
        .noneMatch(text -> badly.matcher(text).find());
  }
}
