package io.pharos.server.web.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageTranslationTest {
  private static final PageWords WORDS =
      new PageWords(
          List.of(
              "# a comment",
              "firing\t告警中",
              "Silence\t静默",
              "{#} s\t{} 秒",
              "{#} h {#} min\t{} 小时 {} 分钟",
              "{~} ago\t{}前",
              "now\t刚刚",
              "{#} rules, the last evaluated {~}.\t{} 条规则，最近一次求值在 {}。",
              "{#} of {#} rules fail: {}.\t{2} 条规则中有 {1} 条失败：{3}。",
              "silenced by {} for {~}: {}\t被 {} 静默 {}：{}",
              "inhibited by {}\t被 {} 抑制",
              "grouped by {}\t按 {} 分组",
              "{#} firing\t{} 条告警中",
              "{#} pending\t{} 条等待中",
              "It can't say \"yes\".\t它不能说“是”。",
              ", for {~}.\t，已持续 {}。",
              "Who was told\t通知了谁",
              "{~} to {~} in {~}\t{3}内 {1} 至 {2}",
              "live\t实时\tscript"));

  private static String translated(String html) {
    return PageTranslation.of(WORDS::translated, html);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          <p>firing</p>                                   | <p>告警中</p>
          <p>12 rules, the last evaluated 3 s ago.</p>    | <p>12 条规则，最近一次求值在 3 秒前。</p>
          <p>12 rules, the last evaluated now.</p>        | <p>12 条规则，最近一次求值在刚刚。</p>
          <p>2 of 9 rules fail: a, b.</p>                 | <p>9 条规则中有 2 条失败：a, b。</p>
          <p>silenced by Ann for 2 h 5 min: to: do</p>    | <p>被 Ann 静默 2 小时 5 分钟：to: do</p>
          <p>3 to 4 s in 5 s</p>                          | <p>5 秒内 3 至 4 秒</p>
          <p>3 firing, 2 pending</p>                      | <p>3 条告警中，2 条等待中</p>
          <p>grouped by a, b · 3 firing</p>               | <p>按 a, b 分组 · 3 条告警中</p>
          <p>Silence</p><i>3 s</i>, for 3 s.              | <p>静默</p><i>3 秒</i>，已持续 3 秒。
          <p>firing. Never seen. 3 s ago.</p>             | <p>告警中。Never seen. 3 秒前。</p>
          <p>It can't say "yes".</p>                      | <p>它不能说“是”。</p>
          <p>It can&#39;t say &quot;yes&quot;.</p>        | <p>它不能说“是”。</p>
          <b title="firing" id="firing">x</b>             | <b title="告警中" id="firing">x</b>
          <input placeholder="Silence" value="firing">    | <input placeholder="静默" value="firing">
          <option value="firing">firing</option>          | <option value="firing">告警中</option>
          """)
  void text_inTheDictionary_isTranslated(String html, String expected) {
    assertThat(translated(html)).isEqualTo(expected);
  }

  @Test
  void text_ofSeveralLines_isOneSentence() {
    assertThat(translated("<p>\n  Who was\n  told </p>")).isEqualTo("<p>\n  通知了谁 </p>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<p>Never seen</p>",
        "<p>x firing, y pending</p>",
        "<p>x of 9 rules fail: a.</p>",
        "<p>inhibited by </p>",
        "<p>Began to roll out in 3 s</p>",
        "<span class=\"name\">firing</span>",
        "<a class=\"state label\" title=\"firing\">firing</a>",
        "<td translate=\"no\">firing <b>firing</b> <i title=\"firing\">3 s</i></td>",
        "<div translate=no>firing<div>firing</div>firing</div>",
        "<code>firing</code><pre>3 s <b>firing</b></pre><kbd>now</kbd>",
        "<textarea name=\"a\"><b>firing</b></textarea>",
        "<script>if (a<b) 'firing'</script><style>firing</style>",
        "<option>firing</option>",
        "<!-- <p>firing</p> --><!doctype firing>",
        "<input value=\"firing\" title='firing'>",
        "<p>unknown</p",
        "<p title=\"unclosed",
        "< unknown",
        "<"
      })
  void text_ofOthersOrUnknown_staysAsItIs(String html) {
    assertThat(translated(html)).isEqualTo(html);
  }

  @Test
  void text_afterOneOfOthers_isTranslated() {
    assertThat(
            translated(
                "<b class=\"name\">now<br><b>now</b></b> firing"
                    + "<i class=\"x name\" translate=\"yes\">now</i>"
                    + "<svg class=\"label\"/>firing"))
        .isEqualTo(
            "<b class=\"name\">now<br><b>now</b></b> 告警中"
                + "<i class=\"x name\" translate=\"yes\">刚刚</i>"
                + "<svg class=\"label\"/>告警中");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "&lt;script&gt;window.hostile=1&lt;/script&gt;",
        "&lt;img src=x onerror=&quot;window.hostile=1&quot;&gt;",
        "{1} {} {~} {#} $1 \\1 %s",
        "\u202e txet",
        "&amp;lt;b&amp;gt;",
        "firing 告警 now"
      })
  void value_hostile_isCopiedAsItWas(String value) {
    assertThat(translated("<p>inhibited by " + value + "</p>"))
        .isEqualTo("<p>被 " + value + " 抑制</p>");
    assertThat(translated("<p title=\"inhibited by " + value + "\"></p>"))
        .isEqualTo("<p title=\"被 " + value + " 抑制\"></p>");
  }

  @Test
  void value_likeAWordOfTheDictionary_isCopied() {
    assertThat(translated("<p>inhibited by firing</p>")).isEqualTo("<p>被 firing 抑制</p>");
  }

  @Test
  void attribute_withQuotesInItsTranslation_staysOneAttribute() {
    var words = new PageWords(List.of("say {}\t说 \"{}\" <b>"));
    assertThat(PageTranslation.of(words::translated, "<p title=\"say x\">say 'x'</p>"))
        .isEqualTo(
            "<p title=\"说 &quot;x&quot; &lt;b&gt;\">说 &quot;&#39;x&#39;&quot; &lt;b&gt;</p>");
  }

  @Test
  void page_withoutKnownWords_isTheSameToTheByte() {
    var page = new StringBuilder();
    for (int i = 0; i < 2_000; i++) {
      page.append("<p class='a b' data-x=\"&lt;1&gt;\">none \t of these, words: ")
          .append(i)
          .append(". At all; never</p>\n<br/><img alt=\"q\" src=x>");
    }
    assertThat(translated(page.toString())).isEqualTo(page.toString());
  }

  /// What is looked at is copied, so the allocated bytes count the work.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "inhibited by ",
        "silenced by a for b: ",
        ". ",
        "; , ",
        "1 of 2 rules fail: ",
        "<p>firing</p>",
        "<b class=\"name\">",
        "<p title=\"firing ",
        "&quot;' <"
      })
  void work_forTwiceTheText_isTwiceAsMuch(String part) {
    for (int length : List.of(1_900, 40_000)) {
      work(part, length);
      long once = work(part, length);
      long twice = work(part, 2 * length);
      assertThat(twice).as("%d characters", length).isLessThan(once * 3);
    }
  }

  private static long work(String part, int length) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    String html = part.repeat(length / part.length());
    long before = threads.getCurrentThreadAllocatedBytes();
    String translated = translated(html);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(translated).isNotEmpty();
    return bytes;
  }

  @Test
  void text_longerThanAnyOfThePages_staysAsItIs() {
    String html = "<p>inhibited by " + "words ".repeat(2_000) + "</p>";
    assertThat(translated(html)).isEqualTo(html);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{} a\tb", "{} {}\t{1} {1}", "{}\t{2}", "a\t{}", "a", "\tb", "a\t "})
  void dictionary_lineWithoutBothTextsAndTheSameValues_isRefused(String line) {
    assertThatThrownBy(() -> new PageWords(List.of(line)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected");
  }
}
