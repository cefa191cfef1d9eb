package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Transformations of tables. A table is written as `head, head; cell, cell; cell, cell`, several
/// with `&` between them. A cell is `-` for nothing, `@5` for a time, a number, or a text.
class TransformationsTest {
  private static List<Frame> frames(String text) {
    return Arrays.stream(text.split("&", -1)).map(TransformationsTest::frame).toList();
  }

  private static Frame frame(String text) {
    List<List<String>> rows =
        Arrays.stream(text.split(";", -1))
            .map(row -> Arrays.stream(row.split(",", -1)).map(String::strip).toList())
            .toList();
    var columns = new ArrayList<Frame.Column>();
    for (int c = 0; c < rows.getFirst().size(); c++) {
      var cells = new ArrayList<@Nullable Object>();
      for (List<String> row : rows.subList(1, rows.size())) {
        cells.add(cell(row.get(c)));
      }
      columns.add(new Frame.Column(rows.getFirst().get(c), "A", cells));
    }
    return new Frame(columns);
  }

  private static @Nullable Object cell(String text) {
    if (text.equals("-")) {
      return null;
    }
    if (text.startsWith("@")) {
      return Long.valueOf(text.substring(1));
    }
    return text.matches("NaN|-?[0-9.]+") ? (Object) Double.valueOf(text) : text;
  }

  private static String text(List<Frame> frames) {
    return frames.stream().map(TransformationsTest::text).collect(Collectors.joining(" & "));
  }

  private static String text(Frame frame) {
    var rows = new ArrayList<String>();
    rows.add(frame.columns().stream().map(Frame.Column::name).collect(Collectors.joining(", ")));
    for (int i = 0; i < frame.rows(); i++) {
      int at = i;
      rows.add(
          frame.columns().stream()
              .map(column -> shown(column.values().get(at)))
              .collect(Collectors.joining(", ")));
    }
    return String.join("; ", rows);
  }

  private static String shown(@Nullable Object cell) {
    return switch (cell) {
      case null -> "-";
      case Long time -> "@" + time;
      case Double number when number == Math.rint(number) -> Long.toString(number.longValue());
      default -> cell.toString();
    };
  }

  private static String transformed(String id, String options, String before) {
    return text(Transformations.apply(id, Panels.json(options), frames(before)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{excludeByName:{b:true,c:false}}               | a, b, c; 1, 2, 3 | a, c; 1, 3",
        "{includeByName:{b:true,c:false}}               | a, b, c; 1, 2, 3 | b; 2",
        "{includeByName:{}}                             | a, b; 1, 2       | a, b; 1, 2",
        "{indexByName:{b:0,a:1}}                        | a, b, c; 1, 2, 3 | b, a, c; 2, 1, 3",
        "{renameByName:{a:'A',b:''}}                    | a, b; 1, 2       | A, b; 1, 2",
        "{excludeByName:{a:true},renameByName:{b:'a'}}  | a, b; 1, 2       | a; 2",
      })
  void organize_hidesOrdersAndRenamesColumns(String options, String before, String after) {
    assertThat(transformed("organize", options, before)).isEqualTo(after);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{include:{names:['a','c']}}                     | a, c; 1, 3",
        "{include:{pattern:'/^b/'}}                      | b, bb; 2, 4",
        "{include:{names:['a'],pattern:'b'}}             | a, b; 1, 2",
        "{exclude:{names:['a']}}                         | b, c, bb; 2, 3, 4",
        "{exclude:{pattern:'/b/'}}                       | a, c; 1, 3",
        "{include:{pattern:'/b/'},exclude:{names:['b']}} | bb; 4",
        "{}                                              | a, b, c, bb; 1, 2, 3, 4",
      })
  void filterFieldsByName_keepsWhatIsNamedOrFound(String options, String after) {
    assertThat(transformed("filterFieldsByName", options, "a, b, c, bb; 1, 2, 3, 4"))
        .isEqualTo(after);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{regex:'Value #(.*)',renamePattern:'query $1'}   | Value #A, x; 1, 2 | query A, x; 1, 2",
        "{regex:'/^Value #/',renamePattern:''}            | Value #A, x; 1, 2 | A, x; 1, 2",
        "{regex:'#',renamePattern:'no. '}                 | Value #A, x; 1, 2 | Value no. A, x; 1, 2",
      })
  void renameByRegex_replacesWhatIsFoundInTheNames(String options, String before, String after) {
    assertThat(transformed("renameByRegex", options, before)).isEqualTo(after);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{regex:'(',renamePattern:''}      | Invalid regular expression",
        "{regex:'(a)',renamePattern:'$2'}  | Invalid rename pattern $2",
        "{regex:'(a)',renamePattern:'${'}  | Invalid rename pattern ${",
      })
  void renameByRegex_thatCannotBeDone_saysWhy(String options, String reason) {
    assertThatThrownBy(() -> transformed("renameByRegex", options, "a; 1"))
        .isInstanceOf(UndrawnException.class)
        .hasMessageStartingWith(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "[{field:'n'}]                          | n, t; 2, b; 1, a; -, c; 10, d | n, t; 1, a; 2, b; 10, d; -, c",
        "[{field:'n',desc:true}]                | n, t; 2, b; 1, a; -, c; 10, d | n, t; 10, d; 2, b; 1, a; -, c",
        "[{field:'t',desc:true}]                | n, t; 2, b; 1, a              | n, t; 2, b; 1, a",
        "[{field:'t'},{field:'n',desc:true}]    | n, t; 1, a; 3, b; 2, a        | n, t; 2, a; 1, a; 3, b",
        "[{field:'gone'}]                       | n; 2; 1                       | n; 2; 1",
        "[]                                     | n; 2; 1                       | n; 2; 1",
      })
  void sortBy_ordersRows_andThoseWithoutAValueAreLast(String sort, String before, String after) {
    assertThat(transformed("sortBy", "{sort:" + sort + "}", before)).isEqualTo(after);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{limitField:2}   | n; 1; 2",
        "{limitField:'1'} | n; 1",
        "{limitField:50}  | n; 1; 2; 3; 4; 5; 6; 7; 8; 9; 10; 11",
        "{}               | n; 1; 2; 3; 4; 5; 6; 7; 8; 9; 10",
      })
  void limit_keepsTheFirstRows_tenWhereNobodySaysHowMany(String options, String after) {
    assertThat(transformed("limit", options, "n; 1; 2; 3; 4; 5; 6; 7; 8; 9; 10; 11"))
        .isEqualTo(after);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "['sum']         | job, v (sum); a, 4; b, 2; -, 8",
        "['min','max']   | job, v (min), v (max); a, 1, 3; b, 2, 2; -, 8, 8",
        "['lastNotNull'] | job, v (lastNotNull); a, 3; b, 2; -, 8",
        "['count']       | job, v (count); a, 2; b, 1; -, 1",
        "[]              | job; a; b; -",
      })
  void groupBy_givesARowForEachGroup_andWhatIsCalculatedOfIt(String calcs, String after) {
    assertThat(
            transformed(
                "groupBy",
                "{fields:{job:{operation:'groupby'},v:{operation:'aggregate',aggregations:%s}}}"
                    .formatted(calcs),
                "job, v, x; a, 1, 0; b, 2, 0; a, 3, 0; -, 8, 0; b, -, 0"))
        .isEqualTo(after);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "host | count       | job, host (count); a, 2; b, 0",
        "host | lastNotNull | job, host (lastNotNull); a, y; b, -",
        "host | first       | job, host (first); a, x; b, -",
        "at   | max         | job, at (max); a, @9; b, @5",
        "at   | first       | job, at (first); a, @7; b, @5",
        "at   | range       | job, at (range); a, 2; b, 0",
      })
  void groupBy_countsTexts_andKeepsTextsAndTimes(String field, String calc, String after) {
    assertThat(
            transformed(
                "groupBy",
                "{fields:{job:{operation:'groupby'},%s:{operation:'aggregate',aggregations:['%s']}}}"
                    .formatted(field, calc),
                "job, host, at; a, x, @7; b, -, @5; a, y, @9"))
        .isEqualTo(after);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{byField:'k',mode:'outer'}        | k, a; x, 1; y, 2 & k, b; y, 3; z, 4 | k, a, b; x, 1, -; y, 2, 3; z, -, 4",
        "{byField:'k',mode:'outerTabular'} | k, a; x, 1 & k, b; z, 4             | k, a, b; x, 1, -; z, -, 4",
        "{byField:'k',mode:'inner'}        | k, a; x, 1; y, 2 & k, b; y, 3; z, 4 | k, a, b; y, 2, 3",
        "{byField:'k',mode:'inner'}        | k, a; x, 1; x, 2 & k, b; y, 3       | k, a, b",
        "{byField:'k'}                     | k, a; x, 1 & k, b; y, 3             | k, a, b; x, 1, -; y, -, 3",
        "{byField:'k'}                     | k, a; x, 1 & q, b; y, 3             | k, a; x, 1",
        "{}                                | Time, a; @5, 1 & Time, b; @5, 3     | Time, a, b; @5, 1, 3",
      })
  void joinByField_putsRowsOfTheSameKeyTogether(String options, String before, String after) {
    assertThat(transformed("joinByField", options, before)).isEqualTo(after);
    assertThat(transformed("seriesToColumns", options, before)).isEqualTo(after);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "k, a; x, 1                       | k, a; x, 1",
        "k, a; x, 1; y, 2 & k, b; y, 3    | k, a, b; x, 1, -; y, 2, 3",
        "t, k, a; 5, x, 1 & t, k, b; 6, x, 3 | t, k, a, b; 5, x, 1, -; 6, x, -, 3",
        "t, job, a; 5, x, 1; 5, y, 2 & t, host, b; 5, h, 3; 5, i, 4 | t, job, a, host, b; 5, x, 1, h, 3; 5, y, 2, i, 4",
        "job, a; x, 1; y, 2 & host, b; h, 3; i, 4; j, 5 | job, a, host, b; x, 1, h, 3; y, 2, i, 4; -, -, j, 5",
      })
  void merge_losesNoRow_andMakesOneOfThoseThatAgree(String before, String after) {
    assertThat(transformed("merge", "{}", before)).isEqualTo(after);
  }

  @ParameterizedTest
  @CsvSource({"labelsToFields", "convertFieldType"})
  void whatTablesAreAlready_staysAsItIs(String id) {
    assertThat(transformed(id, "{}", "a, b; 1, x & c; 2")).isEqualTo("a, b; 1, x & c; 2");
  }

  @ParameterizedTest
  @CsvSource({"calculateField", "reduce", "''"})
  void unknownTransformation_isNamed(String id) {
    assertThatThrownBy(() -> transformed(id, "{}", "a; 1"))
        .isInstanceOf(UndrawnException.class)
        .hasMessage("The transformation " + id + " is not supported.");
  }
}
