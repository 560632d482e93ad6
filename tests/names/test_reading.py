"""Tests of how names are read."""

from api.names.reading import read


def words(name, reading=0):
    return [word.latin for word in read(name)[reading].words]


def test_titles_and_degrees_are_left_out_while_two_words_remain():
    assert words("Prof. Dr. Jana Nowak, PhD") == ["jana", "nowak"]
    assert words("Dr. Nowak") == ["dr", "nowak"]


def test_a_title_that_is_a_name_as_well_stays_but_counts_little():
    reading = read("Prince Albert Okoro")[0]
    assert [word.particle for word in reading.words] == [True, False, False]


def test_the_surname_before_a_comma_is_noticed():
    assert read("Новак, Яна Петровна")[0].comma
    assert not read("Яна Новак")[0].comma


def test_an_arabic_article_is_a_word_of_its_own_and_servant_of_is_joined():
    assert words("عبد الكريم الحداد") == words("عبدالكريم الحداد")
    assert words("Abd al-Karim Haddad") == ["abdalkarim", "haddad"]


def test_a_korean_name_is_split_into_surname_and_given_name():
    assert words("김민수") == ["kim", "minsu"]


def test_a_korean_surname_of_one_letter_is_no_initial():
    assert [(word.native, word.initial) for word in read("이명수")[0].words] == [
        ("li", False),
        ("myeongsu", False),
    ]


def test_simplified_characters_have_korean_readings_too():
    assert [reading.words[1].native for reading in read("陈国钟") if reading.system == "Hang"] == ["gugjong"]


def test_a_name_in_han_is_read_in_three_languages_and_in_any_dialect():
    assert [reading.system for reading in read("李明")] == ["zh", "yue", "Hang", "Hani"]


def test_a_transliterated_name_without_separators_is_read_whole_and_cut_wherever_a_word_may_begin():
    cuts = [
        [word.native for word in reading.words] for reading in read("阿末诺奥马") if reading.system == "Hani"
    ]
    assert ["阿末诺奥马"] in cuts
    assert ["阿末", "诺奥马"] in cuts


def test_brackets_tell_people_apart_and_are_no_part_of_the_name():
    assert words("Jana Nowak (politician)") == ["jana", "nowak"]


def test_at_most_eight_words_of_a_long_name_are_read():
    assert len(read("word " * 2000)[0].words) == 8


def test_a_sign_that_nobody_can_read_is_no_word():
    assert read("\u39dd") == ()
