//! What the small words of three languages do in a sentence. A word is looked up once for all of it.

use crate::model::Language;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A function word, which says nothing about competence.
pub(super) const STOP: u32 = 1;
/// A negated verb: it negates its whole clause, before it too (*hitsata en osaa*).
pub(super) const CLAUSE: u32 = 1 << 1;
/// A negative determiner or preposition: it negates the words after it.
pub(super) const AFTER: u32 = 1 << 2;
/// Begins a clause of another sense.
pub(super) const CONTRAST: u32 = 1 << 3;
/// Joins clauses or items.
pub(super) const CONJUNCTION: u32 = 1 << 4;
/// Begins a clause behind a comma or a conjunction.
pub(super) const SUBJECT: u32 = 1 << 5;
/// *Not only* negates nothing.
pub(super) const ONLY: u32 = 1 << 6;
/// What it is no harm not to have: *no problem* negates nothing.
pub(super) const HARMLESS: u32 = 1 << 7;
/// Swedish *utan*, which is *without* or, after a negation, *but*.
pub(super) const UTAN: u32 = 1 << 8;
/// Begins a clause about a word before it.
pub(super) const RELATIVE: u32 = 1 << 9;
/// Roles of a language.
const BITS: u32 = 10;

/// The roles of a word, in each language.
#[derive(Clone, Copy, Default)]
pub(super) struct Roles(u32);

impl Roles {
    /// Of a folded word.
    pub(super) fn of(word: &str) -> Self {
        static ALL: OnceLock<HashMap<&'static str, u32>> = OnceLock::new();
        let all = ALL.get_or_init(|| {
            let mut all = HashMap::new();
            for (language, role, words) in LISTS {
                for word in words.split_whitespace() {
                    *all.entry(word).or_insert(0) |= role << (BITS * language as u32);
                }
            }
            all
        });
        let contracted = if word.ends_with("n't") { CLAUSE << (BITS * Language::En as u32) } else { 0 };
        Self(all.get(word).map_or(0, |&roles| roles) | contracted)
    }

    /// Whether the word has any of these roles in a language.
    pub(super) fn has(self, roles: u32, language: Language) -> bool {
        self.0 >> (BITS * language as u32) & roles != 0
    }
}

const LISTS: [(Language, u32, &str); 28] = [
    (Language::Fi, STOP, STOP_FI),
    (Language::Sv, STOP, STOP_SV),
    (Language::En, STOP, STOP_EN),
    (Language::Fi, CLAUSE, "en et ei emme ette eivät enkä etkä eikä emmekä ettekä eivätkä älä älkää"),
    (Language::Sv, CLAUSE, "inte ej aldrig icke varken"),
    (Language::En, CLAUSE, "not never cannot cant dont neither nor unable"),
    (Language::Fi, AFTER, "ilman"),
    (Language::Sv, AFTER, "ingen inga inget utan"),
    (Language::En, AFTER, "no without none"),
    (Language::Fi, CONTRAST, "mutta vaan koska kun vaikka sillä enkä etkä eikä emmekä ettekä eivätkä"),
    (Language::Sv, CONTRAST, "men fast eftersom när medan däremot"),
    (Language::En, CONTRAST, "but because although though while however yet when"),
    (Language::Fi, CONJUNCTION, "ja tai sekä"),
    (Language::Sv, CONJUNCTION, "och eller samt"),
    (Language::En, CONJUNCTION, "and or"),
    (Language::Fi, SUBJECT, "minä mä hän me he olen osaan teen pidän haluan tykkään"),
    (Language::Sv, SUBJECT, "jag vi han hon hen de det kan har är"),
    (Language::En, SUBJECT, "i we he she they it can am have do"),
    (Language::Fi, ONLY, "vain ainoastaan pelkästään"),
    (Language::Sv, ONLY, "bara endast enbart"),
    (Language::En, ONLY, "only just"),
    (Language::Fi, HARMLESS, "haittaa ongelma ongelmaa ongelmia vaikeuksia"),
    (Language::Sv, HARMLESS, "problem bekymmer fel"),
    (Language::En, HARMLESS, "problem problems worries complaints doubt"),
    (Language::Sv, UTAN, "utan"),
    (
        Language::Fi,
        RELATIVE,
        "joka jonka jota jossa josta johon jolla jolle jotka joiden joita joissa joista joille missä minne",
    ),
    (Language::Sv, RELATIVE, "där dit som vars"),
    (Language::En, RELATIVE, "where which who whose"),
];

const STOP_FI: &str = "ja tai sekä että jotta koska kun jos vaikka mutta vaan sillä niin kuin kuten myös eli joko \
minä sinä hän me te he minun sinun hänen meidän teidän heidän minua minulla minulle minusta minut meillä meille meidät \
mä mulla mulle mun oon oo ei en et emme ette eivät enkä etkä eikä ole olen olet on olemme olette ovat oli olin olit \
olimme olivat ollut olleet olla olisi olisin olisivat ollaan se ne sen sitä siitä siinä siihen sillä sille niiden niitä \
niistä niissä niille tämä tämän tätä tästä tässä tähän nämä näitä näiden tuo tuon tuota nuo joka jonka jota josta \
jossa johon jolla jolle jotka joiden joita joista joissa joihin joilla joille mikä minkä mitä mistä missä mihin millä \
kuka kenen ketä kuinka miten miksi milloin joku jonkun jokin jotain jotakin joskus jossain kaikki kaiken kaikkea kaikkia \
kaikille moni monta monen usein aina vielä jo nyt sitten silloin siellä täällä tuolla vain noin hyvin paljon vähän \
enemmän aika kanssa ilman ennen jälkeen aikana mukaan varten vuoksi takia kautta luona luokse yli ali alle yhdessä itse \
oma oman omaa omia omat toinen toisen toista muut muita muiden muu muuta voi voin voivat voisi voisin voida osaan osaa \
osaamme haluan haluaa haluaisin haluamme tarvitsemme tarvitsee tarvitsisimme pitää pitäisi täytyy saa saan saada \
saamme tulee tulla tehdä teen tekee teemme tein kovin melko ehkä ihan sekä ensin lisäksi kuitenkin esimerkiksi yksi yhden kaksi kahden kolme kolmen \
neljä viisi kuusi seitsemän kahdeksan yhdeksän kymmenen vuosi vuoden vuotta vuoteen vuodesta";
const STOP_SV: &str = "och eller samt att som om när då men utan för därför eftersom fast så också även både jag du han \
hon hen vi ni de dem dom den det denna detta dessa min mitt mina din ditt dina hans hennes vår vårt våra er ert era \
deras sin sitt sina mig dig oss sig en ett är var varit vara blir blev blivit bli har hade haft ha ska skall skulle kan \
kunde kunnat kunna vill ville velat vilja måste får fick fått få gör gjorde gjort göra inte ej aldrig icke ingen inga \
inget i på av till från med vid hos under över efter före innan mellan genom mot utanför inom åt ur där här dit hit vad \
vem vilken vilket vilka hur varför någon något några nån nåt all allt alla mycket många mer mest lite litet få fler \
bara endast nu sedan sen redan ännu alltid ofta ibland igen andra annan annat egen eget egna själv man ens än ju väl \
ganska mycket behöver behövs två tre fyra \
fem sex sju åtta nio tio år året åren";
const STOP_EN: &str = "a an the and or but nor so yet if then than that this these those as of at by for with about \
against between into through during before after above below to from up down in out on off over under again further \
once here there when where why how all any both each few more most other some such no not only own same too very i me my \
mine myself you your yours he him his she her hers it its we us our ours they them their theirs what which who whom am \
is are was were be been being have has had having do does did doing would should could ought can cannot will shall may \
might must i'm i've i'd i'll it's we're we've don't doesn't didn't can't won't isn't aren't wasn't weren't haven't hasn't \
hadn't couldn't wouldn't shouldn't because while although though until since also just even still always often sometimes \
never ever much many one need needs want wants get gets got two three four five six \
seven eight nine ten year years";
