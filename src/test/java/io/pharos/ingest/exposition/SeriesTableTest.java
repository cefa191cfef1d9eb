package io.pharos.ingest.exposition;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SeriesTableTest {
  private static final class Numbered extends CachedText {
    private final int number;

    Numbered(int number) {
      super(("series_" + number).getBytes(UTF_8));
      this.number = number;
    }
  }

  private static RawText raw(String text) {
    var raw = new RawText(new LabelParser());
    byte[] bytes = text.getBytes(UTF_8);
    raw.set(bytes, 0, bytes.length, bytes.length);
    return raw;
  }

  @Test
  void table_manySeries_findsEachAndNoOther() {
    var table = new SeriesTable<Numbered>();
    IntStream.range(0, 5000).forEach(i -> table.put(raw("series_" + i), new Numbered(i)));

    IntStream.range(0, 5000)
        .forEach(i -> assertThat(table.get(raw("series_" + i)).number).isEqualTo(i));
    assertThat(table.get(raw("series_5000"))).isNull();
    assertThat(table.get(raw(""))).isNull();
    assertThat(table.size()).isEqualTo(5000);
  }

  @Test
  void removeIf_some_keepsTheOthers() {
    var table = new SeriesTable<Numbered>();
    IntStream.range(0, 1000).forEach(i -> table.put(raw("series_" + i), new Numbered(i)));

    table.removeIf(one -> one.number % 10 != 0);

    assertThat(table.size()).isEqualTo(100);
    assertThat(table.get(raw("series_10")).number).isEqualTo(10);
    assertThat(table.get(raw("series_11"))).isNull();
    table.clear();
    assertThat(table.size()).isZero();
    assertThat(table.get(raw("series_10"))).isNull();
  }
}
