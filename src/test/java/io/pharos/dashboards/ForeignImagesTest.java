package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForeignImagesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ![plan](http://a.example/x.png)     | <p><a href="http://a.example/x.png">plan</a></p>
          ![plan](//a.example/x.png)          | <p><a href="//a.example/x.png">plan</a></p>
          ![*big* plan](data:image/png,x)     | <p><a href="data:image/png,x"><em>big</em> plan</a></p>
          ![plan](<a b:c>)                    | <p><a href="a%20b:c">plan</a></p>
          ![plan](pictures/x.png)             | <p><img src="pictures/x.png" alt="plan" /></p>
          """)
  void image_ofAnotherHost_isALink(String text, String html) {
    var document = ForeignImages.linked(Parser.builder().build().parse(text));
    assertThat(HtmlRenderer.builder().percentEncodeUrls(true).build().render(document).strip())
        .isEqualTo(html);
  }
}
