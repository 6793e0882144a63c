"""Month names in the languages news is written in.

Names follow Unicode CLDR (format and stand-alone, wide and abbreviated), with the case forms that dates in
running text have. Each line is a language with twelve groups; ``|`` joins the spellings of one month, and ``_`` is
a space inside a name. The table is kept as text and folded at first use, so that importing costs nothing.
"""

# ruff: noqa: E501 - one line a language reads better than wrapped names

import functools

from pressmark.article.dates.folding import fold

# A word that names different months in two languages (listopad: November in Czech and Polish, October in
# Croatian) means what the first line below that has it says, unless a language is given.
_NAMES = """
en january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sep|sept october|oct november|nov december|dec
de januar|jänner|jan|jän februar|feber|feb märz|maerz|mrz|mär april|apr mai juni|jun juli|jul august|aug september|sep|sept oktober|okt november|nov dezember|dez
fr janvier|janv|jan février|févr|fév mars|mar avril|avr mai juin juillet|juil|jul août septembre|sept octobre|oct novembre|nov décembre|déc
es enero|ene febrero|feb marzo|mar abril|abr mayo|may junio|jun julio|jul agosto|ago septiembre|setiembre|sep|sept|set octubre|oct noviembre|nov diciembre|dic
it gennaio|gen febbraio|feb marzo|mar aprile|apr maggio|mag giugno|giu luglio|lug agosto|ago settembre|set|sett ottobre|ott novembre|nov dicembre|dic
pt janeiro|jan fevereiro|fev março|mar abril|abr maio|mai junho|jun julho|jul agosto|ago setembro|set outubro|out novembro|nov dezembro|dez
nl januari|jan februari|feb maart|mrt april|apr mei juni|jun juli|jul augustus|aug september|sep|sept oktober|okt november|nov december|dec
sv januari|jan februari|feb mars|mar april|apr maj juni|jun juli|jul augusti|aug september|sep|sept oktober|okt november|nov december|dec
da januar|jan februar|feb marts|mar april|apr maj juni|jun juli|jul august|aug september|sep|sept oktober|okt november|nov december|dec
no januar|jan februar|feb mars|mar april|apr mai juni|jun juli|jul august|aug september|sep|sept oktober|okt november|nov desember|des
is janúar|jan febrúar|feb mars|mar apríl|apr maí júní|jún júlí|júl ágúst|ágú september|sep|sept október|okt nóvember|nóv desember|des
fi tammikuu|tammikuuta|tammi helmikuu|helmikuuta|helmi maaliskuu|maaliskuuta|maalis huhtikuu|huhtikuuta|huhti toukokuu|toukokuuta|touko kesäkuu|kesäkuuta|kesä heinäkuu|heinäkuuta|heinä elokuu|elokuuta|elo syyskuu|syyskuuta|syys lokakuu|lokakuuta|loka marraskuu|marraskuuta|marras joulukuu|joulukuuta|joulu
et jaanuar|jaan veebruar|veebr märts aprill|apr mai juuni juuli august|aug september|sept oktoober|okt november|nov detsember|dets
lv janvāris|janvārī|janvāra|janv februāris|februārī|februāra|febr marts|martā|marta aprīlis|aprīlī|aprīļa|apr maijs|maijā|maija jūnijs|jūnijā|jūnija|jūn jūlijs|jūlijā|jūlija|jūl augusts|augustā|augusta|aug septembris|septembrī|septembra|sept oktobris|oktobrī|oktobra|okt novembris|novembrī|novembra|nov decembris|decembrī|decembra|dec
lt sausis|sausio|saus vasaris|vasario|vas kovas|kovo|kov balandis|balandžio|bal gegužė|gegužės|geg birželis|birželio|birž liepa|liepos|liep rugpjūtis|rugpjūčio|rugp rugsėjis|rugsėjo|rugs spalis|spalio|spal lapkritis|lapkričio|lapkr gruodis|gruodžio|gruod
pl styczeń|stycznia|sty luty|lutego|lut marzec|marca|mar kwiecień|kwietnia|kwi maj|maja czerwiec|czerwca|cze lipiec|lipca|lip sierpień|sierpnia|sie wrzesień|września|wrz październik|października|paź listopad|listopada|lis grudzień|grudnia|gru
cs leden|ledna|led únor|února|úno březen|března|bře duben|dubna|dub květen|května|kvě červen|června|čvn červenec|července|čvc srpen|srpna|srp září|zář říjen|října|říj listopad|listopadu|lis prosinec|prosince|pro
sk január|januára|jan február|februára|feb marec|marca|mar apríl|apríla|apr máj|mája jún|júna júl|júla august|augusta|aug september|septembra|sep október|októbra|okt november|novembra|nov december|decembra|dec
hu január|januári|jan február|februári|febr|feb március|márciusi|márc április|áprilisi|ápr május|májusi|máj június|júniusi|jún július|júliusi|júl augusztus|augusztusi|aug szeptember|szeptemberi|szept október|októberi|okt november|novemberi|nov december|decemberi|dec
ro ianuarie|ian februarie|febr|feb martie|mar aprilie|apr mai iunie|iun iulie|iul august|aug septembrie|sept|sep octombrie|oct noiembrie|noi|nov decembrie|dec
bg януари|яну|ян февруари|фев|февр март|мар април|апр май юни|юн юли|юл август|авг септември|сеп|септ октомври|окт ноември|ное|ноем декември|дек
mk јануари|јан февруари|фев март|мар април|апр мај јуни|јун јули|јул август|авг септември|септ октомври|окт ноември|ноем декември|дек
ru январь|января|янв|янв февраль|февраля|февр|фев март|марта|мар апрель|апреля|апр май|мая июнь|июня|июн июль|июля|июл август|августа|авг сентябрь|сентября|сен|сент октябрь|октября|окт ноябрь|ноября|ноя|нояб декабрь|декабря|дек
uk січень|січня|січ лютий|лютого|лют березень|березня|бер квітень|квітня|квіт|кві травень|травня|трав|тра червень|червня|черв|чер липень|липня|лип серпень|серпня|серп|сер вересень|вересня|вер жовтень|жовтня|жовт|жов листопад|листопада|лист|лис грудень|грудня|груд|гру
be студзень|студзеня|студ люты|лютага|лют сакавік|сакавіка|сак красавік|красавіка|крас май|мая|травень|траўня чэрвень|чэрвеня|чэр ліпень|ліпеня|ліп жнівень|жніўня|жн верасень|верасня|вер кастрычнік|кастрычніка|кастр лістапад|лістапада|ліст снежань|снежня|снеж
sr јануар|јануара|јан фебруар|фебруара|феб март|марта|мар април|априла|апр мај|маја јун|јуна|јуни јул|јула|јули август|августа|авг септембар|септембра|сеп октобар|октобра|окт новембар|новембра|нов децембар|децембра|дец
sr-latn januar|januara|jan februar|februara|feb mart|marta|mar april|aprila|apr maj|maja jun|juna|juni jul|jula|juli avgust|avgusta|avg septembar|septembra|sep oktobar|oktobra|okt novembar|novembra|nov decembar|decembra|dec
bs januar|januara|jan februar|februara|feb mart|marta|mar april|aprila|apr maj|maja juni|juna|jun juli|jula|jul august|augusta|avgust|avgusta|aug septembar|septembra|sep oktobar|oktobra|okt novembar|novembra|nov decembar|decembra|dec
hr siječanj|siječnja|sij veljača|veljače|velj ožujak|ožujka|ožu travanj|travnja|tra svibanj|svibnja|svi lipanj|lipnja|lip srpanj|srpnja|srp kolovoz|kolovoza|kol rujan|rujna|ruj listopad|listopada|lis studeni|studenog|studenoga|stu prosinac|prosinca|pro
sl januar|januarja|jan februar|februarja|feb marec|marca|mar april|aprila|apr maj|maja junij|junija|jun julij|julija|jul avgust|avgusta|avg september|septembra|sep oktober|oktobra|okt november|novembra|nov december|decembra|dec
el ιανουάριος|ιανουαρίου|ιαν φεβρουάριος|φεβρουαρίου|φεβ μάρτιος|μαρτίου|μαρ|μάρ απρίλιος|απριλίου|απρ μάιος|μαΐου|μάϊος|μάη|μαΐ|μάι ιούνιος|ιουνίου|ιουν|ιούν ιούλιος|ιουλίου|ιουλ|ιούλ αύγουστος|αυγούστου|αυγ|αύγ σεπτέμβριος|σεπτεμβρίου|σεπ|σεπτ οκτώβριος|οκτωβρίου|οκτ νοέμβριος|νοεμβρίου|νοε|νοέ δεκέμβριος|δεκεμβρίου|δεκ
sq janar|janari|jan shkurt|shkurti|shk mars|marsi|mar prill|prilli|pri maj|maji qershor|qershori|qer korrik|korriku|kor gusht|gushti|gush shtator|shtatori|sht tetor|tetori|tet nëntor|nëntori|nën dhjetor|dhjetori|dhj
tr ocak|oca şubat|şub mart|mar nisan|nis mayıs|may haziran|haz temmuz|tem ağustos|ağu eylül|eyl ekim|eki kasım|kas aralık|ara
az yanvar|yan fevral|fev mart|mar aprel|apr may iyun|iyn iyul|iyl avqust|avq sentyabr|sen oktyabr|okt noyabr|noy dekabr|dek
uz yanvar|yan fevral|fev mart|mar aprel|apr may iyun|iyn iyul|iyl avgust|avg sentabr|sentyabr|sen oktabr|oktyabr|okt noyabr|noy dekabr|dek
kk қаңтар|қаң ақпан|ақп наурыз|нау сәуір|сәу мамыр|мам маусым|мау шілде|шіл тамыз|там қыркүйек|қыр қазан|қаз қараша|қар желтоқсан|жел
ar يناير|كانون_الثاني|جانفي فبراير|شباط|فيفري مارس|آذار أبريل|نيسان|أفريل مايو|أيار|ماي يونيو|يونيه|حزيران|جوان يوليو|يوليه|تموز|جويلية|يوليوز أغسطس|آب|أوت|غشت سبتمبر|أيلول|شتنبر أكتوبر|تشرين_الأول|أوكتوبر نوفمبر|تشرين_الثاني|نونبر ديسمبر|كانون_الأول|دجنبر
fa ژانویه فوریه مارس آوریل مه|می ژوئن|جون ژوئیه|جولای|ژوییه اوت|آگوست سپتامبر اکتبر نوامبر دسامبر
ur جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر
ps جنوري فبروري مارچ اپریل می جون جولای اګست سپتمبر اکتوبر نومبر دسمبر
he ינואר|בינואר|ינו פברואר|בפברואר|פבר מרץ|במרץ|מרס אפריל|באפריל|אפר מאי|במאי יוני|ביוני|יונ יולי|ביולי|יול אוגוסט|באוגוסט|אוג ספטמבר|בספטמבר|ספט אוקטובר|באוקטובר|אוק נובמבר|בנובמבר|נוב דצמבר|בדצמבר|דצמ
hi जनवरी|जन फरवरी|फ़रवरी|फर मार्च अप्रैल|अप्रेल|अप्रै मई जून जुलाई|जुल अगस्त|अग सितंबर|सितम्बर|सित अक्टूबर|अक्तूबर|अक्टू नवंबर|नवम्बर|नव दिसंबर|दिसम्बर|दिस
mr जानेवारी|जाने फेब्रुवारी|फेब्रु मार्च एप्रिल मे जून जुलै ऑगस्ट|ऑग सप्टेंबर|सप्टें ऑक्टोबर|ऑक्टो नोव्हेंबर|नोव्हें डिसेंबर|डिसें
bn জানুয়ারি|জানুয়ারী|জানু ফেব্রুয়ারি|ফেব্রুয়ারী|ফেব মার্চ এপ্রিল মে জুন জুলাই আগস্ট|আগষ্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর
gu જાન્યુઆરી|જાન્યુ ફેબ્રુઆરી|ફેબ્રુ માર્ચ એપ્રિલ મે જૂન જુલાઈ ઑગસ્ટ|ઓગસ્ટ સપ્ટેમ્બર ઑક્ટોબર|ઓક્ટોબર નવેમ્બર ડિસેમ્બર
pa ਜਨਵਰੀ ਫ਼ਰਵਰੀ|ਫਰਵਰੀ ਮਾਰਚ ਅਪ੍ਰੈਲ ਮਈ ਜੂਨ ਜੁਲਾਈ ਅਗਸਤ ਸਤੰਬਰ ਅਕਤੂਬਰ ਨਵੰਬਰ ਦਸੰਬਰ
ta ஜனவரி|ஜன பிப்ரவரி|பிப் மார்ச் ஏப்ரல் மே ஜூன் ஜூலை ஆகஸ்ட்|ஆகஸ்டு செப்டம்பர்|செப் அக்டோபர்|அக் நவம்பர்|நவ டிசம்பர்|டிச
te జనవరి|జన ఫిబ్రవరి|ఫిబ్ర మార్చి ఏప్రిల్ మే జూన్ జూలై|జులై ఆగస్టు|ఆగస్ట్ సెప్టెంబర్ అక్టోబర్ నవంబర్ డిసెంబర్
kn ಜನವರಿ|ಜನ ಫೆಬ್ರವರಿ|ಫೆಬ್ರ ಮಾರ್ಚ್ ಏಪ್ರಿಲ್ ಮೇ ಜೂನ್ ಜುಲೈ ಆಗಸ್ಟ್ ಸೆಪ್ಟೆಂಬರ್ ಅಕ್ಟೋಬರ್ ನವೆಂಬರ್ ಡಿಸೆಂಬರ್
ml ജനുവരി|ജനു ഫെബ്രുവരി|ഫെബ്രു മാർച്ച്|മാർ ഏപ്രിൽ മേയ്|മെയ് ജൂൺ ജൂലൈ ഓഗസ്റ്റ്|ആഗസ്റ്റ് സെപ്റ്റംബർ|സെപ്തംബർ ഒക്ടോബർ|ഒക്‌ടോബർ നവംബർ ഡിസംബർ
th มกราคม|มค กุมภาพันธ์|กพ มีนาคม|มีค เมษายน|เมย พฤษภาคม|พค มิถุนายน|มิย กรกฎาคม|กค สิงหาคม|สค กันยายน|กย ตุลาคม|ตค พฤศจิกายน|พย ธันวาคม|ธค
km មករា កុម្ភៈ មីនា មេសា ឧសភា មិថុនា កក្កដា សីហា កញ្ញា តុលា វិច្ឆិកា ធ្នូ
lo ມັງກອນ ກຸມພາ ມີນາ ເມສາ ພຶດສະພາ ມິຖຸນາ ກໍລະກົດ ສິງຫາ ກັນຍາ ຕຸລາ ພະຈິກ ທັນວາ
my ဇန်နဝါရီ ဖေဖော်ဝါရီ မတ် ဧပြီ မေ ဇွန် ဇူလိုင် ဩဂုတ် စက်တင်ဘာ အောက်တိုဘာ နိုဝင်ဘာ ဒီဇင်ဘာ
si ජනවාරි පෙබරවාරි මාර්තු අප්‍රේල් මැයි ජූනි ජූලි අගෝස්තු සැප්තැම්බර් ඔක්තෝබර් නොවැම්බර් දෙසැම්බර්
or ଜାନୁଆରୀ ଫେବୃଆରୀ ମାର୍ଚ୍ଚ ଅପ୍ରେଲ ମଇ ଜୁନ ଜୁଲାଇ ଅଗଷ୍ଟ ସେପ୍ଟେମ୍ବର ଅକ୍ଟୋବର ନଭେମ୍ବର ଡିସେମ୍ବର
id januari|jan februari|feb|peb maret|mar april|apr mei juni|jun juli|jul agustus|agu|agt september|sep|sept oktober|okt november|nov|nopember desember|des
ms januari|jan februari|feb mac april|apr mei jun julai|jul ogos|ogo september|sep oktober|okt november|nov disember|dis
sw januari|jan februari|feb machi|mac aprili|apr mei juni|jun julai|jul agosti|ago septemba|sep oktoba|okt novemba|nov desemba|des
fil enero|ene pebrero|peb marso|mar abril|abr mayo|may hunyo|hun hulyo|hul agosto|ago setyembre|set oktubre|okt nobyembre|nob disyembre|dis
af januarie|jan februarie|feb maart|mrt april|apr mei junie|jun julie|jul augustus|aug september|sep oktober|okt november|nov desember|des
ca gener|gen febrer|febr|feb març abril|abr maig juny juliol|jul agost|ag setembre|set octubre|oct novembre|nov desembre|des
gl xaneiro|xan febreiro|feb marzo|mar abril|abr maio|mai xuño|xuñ xullo|xul agosto|ago setembro|set outubro|out novembro|nov decembro|dec
eu urtarrila|urtarrilaren|urtarrilak|urt otsaila|otsailaren|otsailak|ots martxoa|martxoaren|martxoak|mar apirila|apirilaren|apirilak|api maiatza|maiatzaren|maiatzak|mai ekaina|ekainaren|ekainak|eka uztaila|uztailaren|uztailak|uzt abuztua|abuztuaren|abuztuak|abu iraila|irailaren|irailak|ira urria|urriaren|urriak|urr azaroa|azaroaren|azaroak|aza abendua|abenduaren|abenduak|abe
cy ionawr|ion chwefror|chwef mawrth ebrill|ebr mai mehefin|meh gorffennaf|gorff awst medi hydref|hyd tachwedd|tach rhagfyr|rhag
ga eanáir|ean feabhra|feabh márta aibreán|aib bealtaine meitheamh|meith iúil lúnasa|lún meán_fómhair deireadh_fómhair samhain|samh nollaig|noll
hy հունվար|հունվարի|հնվ փետրվար|փետրվարի|փտվ մարտ|մարտի|մրտ ապրիլ|ապրիլի|ապր մայիս|մայիսի|մյս հունիս|հունիսի|հնս հուլիս|հուլիսի|հլս օգոստոս|օգոստոսի|օգս սեպտեմբեր|սեպտեմբերի|սեպ հոկտեմբեր|հոկտեմբերի|հոկ նոյեմբեր|նոյեմբերի|նոյ դեկտեմբեր|դեկտեմբերի|դեկ
ka იანვარი|იანვარს|იან თებერვალი|თებერვალს|თებ მარტი|მარტს|მარ აპრილი|აპრილს|აპრ მაისი|მაისს|მაი ივნისი|ივნისს|ივნ ივლისი|ივლისს|ივლ აგვისტო|აგვისტოს|აგვ სექტემბერი|სექტემბერს|სექ ოქტომბერი|ოქტომბერს|ოქტ ნოემბერი|ნოემბერს|ნოე დეკემბერი|დეკემბერს|დეკ
lb januar|jan februar|feb mäerz abrëll mee juni|jun juli|jul august|aug september|sep oktober|okt november|nov dezember|dez
kl januaari|januaarip februaari|februaarip marsi|marsip apriili|apriilip maaji|maajip juuni|juunip juuli|juulip aggusti|aggustip septembari|septembarip oktobari|oktobarip novembari|novembarip decembari|decembarip
zu januwari februwari mashi ephreli meyi juni julayi agasti septhemba okthoba novemba disemba
xh januwari februwari matshi epreli meyi juni julayi agasti septemba okthobha novemba disemba
"""
# Months of the Solar Hijri (Jalali) calendar, Iran's and Afghanistan's names.
_JALALI = (
    "فروردین|حمل اردیبهشت|ثور خرداد|جوزا تیر|سرطان مرداد|اسد شهریور|سنبله"
    " مهر|میزان آبان|عقرب آذر|قوس دی|جدی بهمن|دلو اسفند|حوت"
)


def _table(groups: list[str]) -> dict[str, int]:
    table: dict[str, int] = {}
    for number, group in enumerate(groups, 1):
        for name in group.split("|"):
            table.setdefault(fold(name), number)
    return table


@functools.cache
def by_language() -> dict[str, dict[str, int]]:
    """Folded month names with their numbers, by language."""
    lines = (line.split() for line in _NAMES.strip().splitlines())
    return {line[0]: _table(line[1:]) for line in lines}


@functools.cache
def _merged() -> dict[str, int]:
    merged: dict[str, int] = {}
    for table in by_language().values():
        for name, number in table.items():
            merged.setdefault(name, number)
    return merged


@functools.cache
def _jalali() -> dict[str, int]:
    return _table(_JALALI.split())


def month_number(word: str, language: str = "") -> int | None:
    """1 to 12 for a folded month name (see :func:`fold`), the given language's meaning before the others'."""
    if language:
        own = by_language().get(language, {}).get(word)
        if own:
            return own
    return _merged().get(word)


def jalali_month(word: str) -> int | None:
    """1 to 12 for the folded name of a month of the Solar Hijri calendar."""
    return _jalali().get(word)


@functools.cache
def two_word_months() -> tuple[str, ...]:
    """Return the folded names that consist of two words, joined by ``_``."""
    return tuple(name for name in _merged() if "_" in name)
